import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePng, encodePng, PngError } from './png.ts';

/** Frames chunks independently of the encoder under test. */
function png(...chunks: readonly (readonly [type: string, data: Uint8Array])[]): Buffer {
  const parts = chunks.map(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  });
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]);
}

const header = (width: number, height: number, colour: number, depth = 8, interlace = 0) =>
  Buffer.from([0, 0, width >> 8, width & 255, 0, 0, height >> 8, height & 255, depth, colour, 0, 0, interlace]);

describe('PNG', () => {
  test('a picture comes back as it was encoded', () => {
    const pictures = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .chain(([width, height]) =>
        fc
          .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
          .map((rgb) => ({ width, height, rgb })),
      );
    fc.assert(
      fc.property(pictures, (picture) => {
        expect(decodePng(encodePng(picture))).toEqual(picture);
      }),
    );
  });

  test('each filter is undone', () => {
    // Grey, 3 × 5, one row a filter; worked out by hand from section 9.2.
    const rows = [
      [0, 10, 20, 30],
      [1, 1, 1, 1],
      [2, 1, 1, 1],
      [3, 1, 1, 1],
      [4, 1, 1, 1],
    ].flat();
    const picture = decodePng(
      png(['IHDR', header(3, 5, 0)], ['IDAT', deflateSync(Buffer.from(rows))], ['IEND', Buffer.alloc(0)]),
    );
    const grey = Array.from({ length: 15 }, (_, pixel) => picture.rgb[pixel * 3]);
    expect(grey).toEqual([10, 20, 30, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5]);
  });

  test('alpha is ignored, and pixels may be spread over several chunks', () => {
    const pixels = deflateSync(Buffer.from([0, 1, 2, 3, 99, 4, 5, 6, 99]));
    const bytes = png(
      ['IHDR', header(2, 1, 6)],
      ['IDAT', pixels.subarray(0, 3)],
      ['IDAT', pixels.subarray(3)],
      ['IEND', Buffer.alloc(0)],
    );
    expect([...decodePng(bytes).rgb]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('damage anywhere is noticed', () => {
    const whole = encodePng({ width: 3, height: 3, rgb: new Uint8Array(27).fill(7) });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (place, flip) => {
        const damaged = Buffer.from(whole);
        damaged[place] = (damaged[place] ?? 0) ^ flip;
        expect(() => decodePng(damaged)).toThrow(PngError);
      }),
    );
  });

  test('a file that ends early is refused wherever it ends', () => {
    const whole = encodePng({ width: 2, height: 2, rgb: new Uint8Array(12) });
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodePng(whole.subarray(0, length))).toThrow(PngError);
    }
  });

  test('kinds that no driver makes are refused by name', () => {
    const make = (...arguments_: Parameters<typeof header>) =>
      png(['IHDR', header(...arguments_)], ['IEND', Buffer.alloc(0)]);
    expect(() => decodePng(make(1, 1, 3))).toThrow('colour type 3');
    expect(() => decodePng(make(1, 1, 2, 16))).toThrow('depth 16');
    expect(() => decodePng(make(1, 1, 2, 8, 1))).toThrow('interlace 1');
    expect(() => decodePng(make(0, 1, 2))).toThrow('0 × 1');
  });
});
