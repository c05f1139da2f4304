import { expect, test } from 'vitest';
import { answer, timestamp } from './packet.ts';

const request = (first: number): Uint8Array => {
  const bytes = new Uint8Array(48);
  bytes[0] = first;
  bytes.fill(0xa5, 40);
  return bytes;
};

test('a timestamp counts from 1900, its fraction in parts of a second', () => {
  expect(timestamp(0)).toBe(2_208_988_800n << 32n);
  expect(timestamp(1500)).toBe((2_208_988_801n << 32n) | 0x8000_0000n);
});

test('an answer carries the moment of the request, and the client recognises it', () => {
  const view = new DataView((answer(request(0x23), 1000, 2000) ?? new Uint8Array()).buffer);
  expect(view.getUint8(0)).toBe(0x24);
  expect(view.getBigUint64(24)).toBe(0xa5a5_a5a5_a5a5_a5a5n);
  expect(view.getBigUint64(32)).toBe(timestamp(1000));
  expect(view.getBigUint64(40)).toBe(timestamp(2000));
});

test.each([
  ['too short', new Uint8Array(47)],
  ["a server's own words", request(0x24)],
  ['of no version', request(0x03)],
])('what is %s gets no answer', (_, bytes) => {
  expect(answer(bytes, 0, 0)).toBeUndefined();
});
