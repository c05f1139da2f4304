import { expect, it } from 'vitest';
import { formatBytes, formatProperty, formatSeconds } from './units.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '0.98 KiB'],
  [1536, '1.50 KiB'],
  [10 * 1024, '10.0 KiB'],
  [1023 * 1024, '1.00 MiB'],
  [123 * 1024 ** 3, '123 GiB'],
  [-2048, '-2.00 KiB'],
])('%i bytes', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [0.25, '0.25 s'],
  [61, '1 min 1 s'],
  [3600, '1 h 0 min'],
  [200_000, '2 d 7 h'],
])('%d seconds', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

it.each([
  [null, 'plain', '-'],
  [['a', 'b'], 'plain', 'a,b'],
  ['2026-01-31T12:00:00.123Z', 'instant', '2026-01-31 12:00:00'],
  [2.5, 'instant', '2.500 s'],
  [0.256, 'fraction', '26 %'],
  [{ a: 1 }, 'plain', '{"a":1}'],
] as const)('%j as %s', (value, unit, text) => expect(formatProperty(value, unit)).toBe(text));
