/**
 * GUID partition tables as bytes (UEFI 2.10, section 5). Pure: bytes in, bytes out.
 */
import { crc32 } from 'node:zlib';

export const sectorSize = 512;

/** Partition type GUIDs (UEFI 2.10, table 5.7; Discoverable Partitions Specification). */
export const partitionTypes = {
  biosBoot: '21686148-6449-6e6f-744e-656564454649',
  efiSystem: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  linuxRootAmd64: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  linuxData: '0fc63daf-8483-4772-8e79-3d69d8477de4',
} as const;

export interface Partition {
  /** At most 36 UTF-16 code units; the kernel shows it as PARTNAME. */
  readonly name: string;
  readonly type: string;
  readonly id: string;
  /** First sector, and number of sectors, of 512 bytes. */
  readonly start: number;
  readonly sectors: number;
}

export interface PartitionTable {
  readonly diskId: string;
  /** Sectors of the whole disk. */
  readonly sectors: number;
  readonly partitions: readonly Partition[];
}

const entryCount = 128;
const entrySize = 128;
const tableSectors = (entryCount * entrySize) / sectorSize;
/** Sectors before the first usable one: protective MBR, header, entries. */
const reservedSectors = 2 + tableSectors;

/** A GUID's 16 bytes: the first three fields little-endian, the rest as written (UEFI 2.10, appendix A). */
export function guidBytes(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new TypeError(`not a GUID: ${guid}`);
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

function partitionEntries(partitions: readonly Partition[]): Buffer {
  const entries = Buffer.alloc(entryCount * entrySize);
  for (const [index, partition] of partitions.entries()) {
    const entry = entries.subarray(index * entrySize, (index + 1) * entrySize);
    guidBytes(partition.type).copy(entry, 0);
    guidBytes(partition.id).copy(entry, 16);
    entry.writeBigUInt64LE(BigInt(partition.start), 32);
    entry.writeBigUInt64LE(BigInt(partition.start + partition.sectors - 1), 40);
    entry.write(partition.name.slice(0, 36), 56, 'utf16le');
  }
  return entries;
}

function header(table: PartitionTable, entries: Buffer, primary: boolean): Buffer {
  const last = table.sectors - 1;
  const bytes = Buffer.alloc(sectorSize);
  bytes.write('EFI PART', 0, 'latin1');
  bytes.writeUInt32LE(0x0001_0000, 8); // revision 1.0
  bytes.writeUInt32LE(92, 12); // header size
  bytes.writeBigUInt64LE(BigInt(primary ? 1 : last), 24);
  bytes.writeBigUInt64LE(BigInt(primary ? last : 1), 32);
  bytes.writeBigUInt64LE(BigInt(reservedSectors), 40);
  bytes.writeBigUInt64LE(BigInt(last - tableSectors - 1), 48);
  guidBytes(table.diskId).copy(bytes, 56);
  bytes.writeBigUInt64LE(BigInt(primary ? 2 : last - tableSectors), 72);
  bytes.writeUInt32LE(entryCount, 80);
  bytes.writeUInt32LE(entrySize, 84);
  bytes.writeUInt32LE(crc32(entries), 88);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 92)), 16);
  return bytes;
}

/** The protective MBR (UEFI 2.10, section 5.2.3), with room for boot code in its first 440 bytes. */
function protectiveMbr(sectors: number): Buffer {
  const mbr = Buffer.alloc(sectorSize);
  const record = mbr.subarray(446, 462);
  record.set([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff]);
  record.writeUInt32LE(1, 8);
  record.writeUInt32LE(Math.min(sectors - 1, 0xffff_ffff), 12);
  mbr.writeUInt16LE(0xaa55, 510);
  return mbr;
}

/**
 * The bytes at both ends of a disk: `head` goes to its start, `tail` to its end.
 * @throws RangeError when partitions overlap or leave the usable area.
 */
export function partitionTableBytes(table: PartitionTable): { head: Buffer; tail: Buffer } {
  const lastUsable = table.sectors - tableSectors - 2;
  let free = reservedSectors;
  for (const partition of [...table.partitions].sort((a, b) => a.start - b.start)) {
    const end = partition.start + partition.sectors - 1;
    if (partition.start < free || end > lastUsable) {
      throw new RangeError(`partition ${partition.name} (sectors ${partition.start} to ${end}) does not fit`);
    }
    free = end + 1;
  }
  const entries = partitionEntries(table.partitions);
  return {
    head: Buffer.concat([protectiveMbr(table.sectors), header(table, entries, true), entries]),
    tail: Buffer.concat([entries, header(table, entries, false)]),
  };
}
