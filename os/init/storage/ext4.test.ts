import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../lib/crc32c.ts';
import { backupPlaces, blockSizeOf, journalRanges, restorePrimary, superblockSize } from './ext4.ts';

const size = 512 * 1024 * 1024;

/** A superblock as mke2fs makes it for 512 MiB in blocks of 4 KiB, as far as it is looked at. */
function superblock(group: number, change: (view: DataView) => void = () => {}): Uint8Array {
  const bytes = new Uint8Array(superblockSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x04, size / 4096, true);
  view.setUint32(0x18, 2, true);
  view.setUint16(0x38, 0xef53, true);
  view.setUint16(0x5a, group, true);
  view.setUint32(0x5c, 0x4, true);
  view.setUint32(0x60, 0x80, true);
  view.setUint32(0x64, 0x400, true);
  view.setUint8(0xfd, 1);
  // The journal: 4096 blocks from block 65536 on.
  view.setUint16(0x10c, 0xf30a, true);
  view.setUint16(0x10e, 1, true);
  view.setUint16(0x11c, 4096, true);
  view.setUint32(0x120, 65_536, true);
  change(view);
  view.setUint32(0x3fc, crc32c(bytes.subarray(0, 0x3fc)), true);
  return bytes;
}

const place = backupPlaces(size)[0] as { offset: number; group: number; blockSize: number };

describe('ext4', () => {
  test('copies lie where mke2fs puts them', () => {
    expect(place).toEqual({ offset: 32_768 * 4096, group: 1, blockSize: 4096 });
    expect(backupPlaces(size)).toContainEqual({ offset: 8193 * 1024, group: 1, blockSize: 1024 });
    expect(backupPlaces(1024)).toEqual([]);
  });

  test('a right copy becomes a right primary superblock that has its journal replayed', () => {
    const restored = restorePrimary(superblock(1), place, size);
    expect(restored && blockSizeOf(restored)).toBe(4096);
    const view = new DataView((restored as Uint8Array).buffer);
    expect(view.getUint16(0x5a, true)).toBe(0);
    expect(view.getUint32(0x60, true)).toBe(0x84);
  });

  test.each([
    ['of another group', superblock(3)],
    ['of a larger volume', superblock(1, (view) => view.setUint32(0x04, 200_000, true))],
    ['of another block size', superblock(1, (view) => view.setUint32(0x18, 0, true))],
    ['without checksums', superblock(1, (view) => view.setUint32(0x64, 0, true))],
    ['cut short', superblock(1).subarray(0, 1000)],
  ])('a copy %s is refused', (_, bytes) => {
    expect(restorePrimary(bytes, place, size)).toBeUndefined();
  });

  test('a copy with any bit turned over is refused', () => {
    fc.assert(
      fc.property(fc.nat(superblockSize * 8 - 1), (bit) => {
        const bytes = superblock(1);
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(restorePrimary(bytes, place, size)).toBeUndefined();
      }),
    );
  });

  test('the superblock tells where the journal lies', () => {
    expect(journalRanges(superblock(0))).toEqual([{ offset: 65_536 * 4096, length: 4096 * 4096 }]);
    expect(journalRanges(superblock(0, (view) => view.setUint8(0xfd, 0)))).toEqual([]);
    expect(journalRanges(new Uint8Array(superblockSize))).toEqual([]);
  });
});
