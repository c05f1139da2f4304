import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeExtents, ExtentsError, encodeExtents, maxExtent } from './extents.ts';

const encode = async (image: Buffer): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  const read = async (offset: number, length: number) => image.subarray(offset, offset + length);
  for await (const part of encodeExtents(image.length, read)) parts.push(part);
  return Buffer.concat(parts);
};

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const decode = async (bytes: Buffer, size: number, chunkSize = 7001): Promise<Buffer> => {
  const image = Buffer.alloc(size);
  for await (const { offset, data } of decodeExtents(chunked(bytes, chunkSize))) data.copy(image, offset);
  return image;
};

describe('extents', () => {
  test('bring back an image of mostly zeros, in little space', async () => {
    const image = Buffer.alloc(3 * maxExtent + 5000);
    image.write('begins', 0);
    image.write('in the middle', maxExtent + 123_456);
    image.write('the last bytes', image.length - 14);
    const bytes = await encode(image);
    expect(bytes.length).toBeLessThan(20_000);
    expect((await decode(bytes, image.length)).equals(image)).toBe(true);
  });

  test('bring back any image', async () => {
    const block = fc.oneof(
      fc.constant(Buffer.alloc(4096)),
      fc.nat(255).map((byte) => Buffer.alloc(4096, byte)),
    );
    const images = fc.tuple(fc.array(block, { maxLength: 12 }), fc.uint8Array({ maxLength: 100 }));
    await fc.assert(
      fc.asyncProperty(images, fc.integer({ min: 1, max: 9000 }), async ([blocks, tail], chunkSize) => {
        const image = Buffer.concat([...blocks, tail]);
        expect((await decode(await encode(image), image.length, chunkSize)).equals(image)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('are refused when cut short or when they are something else, and never hand out a wrong place', async () => {
    const whole = await encode(Buffer.alloc(10_000, 'x'));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        await expect(decode(whole.subarray(0, length), 10_000)).rejects.toThrow(ExtentsError);
      }),
      { numRuns: 50 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (noise) => {
        const bytes = Buffer.concat([whole.subarray(0, 16), noise]);
        try {
          for await (const { offset, data } of decodeExtents(chunked(bytes, 64))) {
            expect(offset + data.length).toBeLessThanOrEqual(10_000);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ExtentsError);
        }
      }),
    );
  });
});
