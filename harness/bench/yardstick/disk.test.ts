import { expect, test } from 'vitest';
import { masterBootRecord } from './disk.ts';

test('the boot sector keeps the loader and carries a table of two partitions that follow each other', () => {
  const sector = masterBootRecord(new Uint8Array(512).fill(0x90));
  expect(sector).toHaveLength(512);
  expect(sector.subarray(0, 440).every((byte) => byte === 0x90)).toBe(true);
  expect(sector.readUInt32LE(440).toString(16)).toBe('70616e6f');
  const entries = [446, 462, 478, 494].map((at) => ({
    boot: sector[at],
    type: sector[at + 4],
    start: sector.readUInt32LE(at + 8),
    sectors: sector.readUInt32LE(at + 12),
  }));
  expect(entries).toEqual([
    { boot: 0, type: 0xef, start: 2048, sectors: 131072 },
    { boot: 0x80, type: 0x83, start: 133120, sectors: 1964032 },
    { boot: 0, type: 0, start: 0, sectors: 0 },
    { boot: 0, type: 0, start: 0, sectors: 0 },
  ]);
  expect([sector[510], sector[511]]).toEqual([0x55, 0xaa]);
});
