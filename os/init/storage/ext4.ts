/**
 * The parts of ext4's superblock that are needed to repair a primary superblock and to find the journal. Field offsets:
 * fs/ext4/ext4.h, `struct ext4_super_block`, Linux 6.12. Pure: bytes in, bytes out.
 */
import { crc32c } from '../../lib/crc32c.ts';

/** Bytes of a superblock, and where the primary one lies in the volume. */
export const superblockSize = 1024;
export const primaryOffset = 1024;

const at = {
  blocksLow: 0x04,
  firstDataBlock: 0x14,
  logBlockSize: 0x18,
  blocksPerGroup: 0x20,
  magic: 0x38,
  blockGroup: 0x5a,
  compatible: 0x5c,
  incompatible: 0x60,
  readOnlyCompatible: 0x64,
  journalBackupType: 0xfd,
  journalBlocks: 0x10c,
  blocksHigh: 0x150,
  checksum: 0x3fc,
} as const;

const magic = 0xef53;
const hasJournal = 0x4;
const needsRecovery = 0x4;
const is64Bit = 0x80;
const metadataChecksum = 0x400;
const extentMagic = 0xf30a;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const checksumOf = (superblock: Uint8Array): number => crc32c(superblock.subarray(0, at.checksum));

/** Bytes of a block, if these bytes are a whole superblock with the right checksum; otherwise undefined. */
export function blockSizeOf(superblock: Uint8Array): number | undefined {
  if (superblock.length < superblockSize) return undefined;
  const view = viewOf(superblock);
  const checked = (view.getUint32(at.readOnlyCompatible, true) & metadataChecksum) !== 0;
  const right =
    view.getUint16(at.magic, true) === magic && checked && view.getUint32(at.checksum, true) === checksumOf(superblock);
  const log = view.getUint32(at.logBlockSize, true);
  return right && log <= 6 ? 1024 << log : undefined;
}

/** Where a copy of the superblock may lie. */
export interface BackupPlace {
  readonly offset: number;
  readonly group: number;
  readonly blockSize: number;
}

/** Where copies lie in a volume of `size` bytes, made with mke2fs's defaults: groups 1 and the powers of 3, 5 and 7. */
export function backupPlaces(size: number): readonly BackupPlace[] {
  const groups = [1, 3, 5, 7, 9, 25, 27, 49, 81, 125];
  const places = [4096, 1024, 2048].flatMap((blockSize) => {
    const firstDataBlock = blockSize === 1024 ? 1 : 0;
    return groups.map((group) => ({ blockSize, group, offset: (group * blockSize * 8 + firstDataBlock) * blockSize }));
  });
  return places.filter(({ offset }) => offset + superblockSize <= size);
}

/**
 * Makes a primary superblock from the copy found at `place` of a volume of `size` bytes; undefined if it is no right
 * copy for that place.
 *
 * The copy does not say whether the journal holds something; it is marked as if it did, for otherwise the kernel would
 * throw away what the journal holds. An empty journal is then replayed as nothing.
 */
export function restorePrimary(copy: Uint8Array, place: BackupPlace, size: number): Uint8Array | undefined {
  if (blockSizeOf(copy) !== place.blockSize) return undefined;
  const restored = new Uint8Array(copy.subarray(0, superblockSize));
  const view = viewOf(restored);
  if (view.getUint16(at.blockGroup, true) !== place.group) return undefined;
  const incompatible = view.getUint32(at.incompatible, true);
  const high = (incompatible & is64Bit) === 0 ? 0 : view.getUint32(at.blocksHigh, true);
  if ((high * 2 ** 32 + view.getUint32(at.blocksLow, true)) * place.blockSize > size) return undefined;
  view.setUint16(at.blockGroup, 0, true);
  if ((view.getUint32(at.compatible, true) & hasJournal) !== 0) {
    view.setUint32(at.incompatible, incompatible | needsRecovery, true);
  }
  view.setUint32(at.checksum, checksumOf(restored), true);
  return restored;
}

/** A run of bytes of the volume. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where the journal lies, from the copy of its inode's block map that the superblock keeps (`s_jnl_blocks`: 15 words,
 * here an extent tree's root: fs/ext4/ext4_extents.h). Empty if the superblock does not tell.
 */
export function journalRanges(superblock: Uint8Array): readonly ByteRange[] {
  const blockSize = blockSizeOf(superblock);
  if (blockSize === undefined) return [];
  const view = viewOf(superblock);
  const root = at.journalBlocks;
  if (view.getUint8(at.journalBackupType) !== 1 || view.getUint16(root, true) !== extentMagic) return [];
  const entries = Math.min(view.getUint16(root + 2, true), 4);
  const depth = view.getUint16(root + 6, true);
  if (depth !== 0) return [];
  return Array.from({ length: entries }, (_, index) => {
    const entry = root + 12 * (index + 1);
    const start = view.getUint16(entry + 6, true) * 2 ** 32 + view.getUint32(entry + 8, true);
    return { offset: start * blockSize, length: view.getUint16(entry + 4, true) * blockSize };
  });
}
