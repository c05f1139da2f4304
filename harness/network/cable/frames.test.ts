import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader, packed } from './frames.ts';

test('frames come through whole, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), fc.integer({ min: 1, max: 50 }), (frames, size) => {
      const stream = Buffer.concat(frames.map(packed));
      const reader = new FrameReader();
      const got: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) got.push(...reader.read(stream.subarray(at, at + size)));
      expect(got.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]));
    }),
  );
});

test('what is no stream of frames is refused', () => {
  expect(() => new FrameReader().read(Uint8Array.of(0xff, 0, 0, 0))).toThrow(RangeError);
});
