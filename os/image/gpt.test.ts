import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { guidBytes, partitionTableBytes, partitionTypes } from './gpt.ts';
import { diskId, diskSectors, partitions } from './layout.ts';

const { head, tail } = partitionTableBytes({ diskId, sectors: diskSectors, partitions });

test('a GUID is written mixed-endian', () => {
  expect(guidBytes(partitionTypes.efiSystem).toString('hex')).toBe('28732ac11ff8d211ba4b00a0c93ec93b');
});

test('both headers carry their own checksum and that of the entries', () => {
  for (const [header, entries] of [
    [head.subarray(512, 1024), head.subarray(1024)],
    [tail.subarray(-512), tail.subarray(0, -512)],
  ] as const) {
    const copy = Buffer.from(header.subarray(0, 92));
    copy.writeUInt32LE(0, 16);
    expect(header.toString('latin1', 0, 8)).toBe('EFI PART');
    expect(header.readUInt32LE(16)).toBe(crc32(copy));
    expect(header.readUInt32LE(88)).toBe(crc32(entries));
  }
});

test('the headers point at each other', () => {
  const last = BigInt(diskSectors - 1);
  expect([head.readBigUInt64LE(512 + 24), head.readBigUInt64LE(512 + 32)]).toEqual([1n, last]);
  expect([tail.readBigUInt64LE(tail.length - 512 + 24), tail.readBigUInt64LE(tail.length - 512 + 32)]).toEqual([
    last,
    1n,
  ]);
});

test('partitions carry the names that the kernel looks for', () => {
  const names = partitions.map((_, index) =>
    head.toString('utf16le', 1024 + index * 128 + 56, 1024 + (index + 1) * 128),
  );
  expect(names.map((name) => name.replaceAll('\0', ''))).toEqual([
    'panos-bios',
    'panos-esp',
    'panos-system-a',
    'panos-system-b',
    'panos-data',
  ]);
});

test('partitions that overlap or leave the disk are refused', () => {
  const [first] = partitions;
  if (!first) throw new Error('no partition');
  const table = (start: number, sectors: number) =>
    partitionTableBytes({ diskId, sectors: 4096, partitions: [{ ...first, start, sectors }] });
  expect(() => table(33, 8)).toThrow(RangeError);
  expect(() => table(34, 4096 - 33 - 34)).not.toThrow();
  expect(() => table(34, 4096 - 33 - 33)).toThrow(RangeError);
});
