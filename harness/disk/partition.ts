import { type FileHandle, open } from 'node:fs/promises';
import { LabError } from '../machine/contract.ts';

/** Where a partition lies on a raw disk, in bytes. */
export interface PartitionPlace {
  readonly offset: number;
  readonly size: number;
}

const sectorSize = 512;

/**
 * Finds a partition of a raw disk by its name (GUID partition table, UEFI 2.10, section 5.3).
 * @throws LabError when the disk has no such partition
 */
export async function findPartition(disk: string, name: string): Promise<PartitionPlace> {
  const file = await open(disk);
  try {
    const header = await readAt(file, sectorSize, sectorSize);
    if (header.toString('latin1', 0, 8) !== 'EFI PART') throw new LabError(`${disk} has no GUID partition table`);
    const entrySize = header.readUInt32LE(84);
    const entries = await readAt(
      file,
      Number(header.readBigUInt64LE(72)) * sectorSize,
      header.readUInt32LE(80) * entrySize,
    );
    for (let at = 0; at < entries.length; at += entrySize) {
      const label = entries.toString('utf16le', at + 56, at + 128).replace(/\0.*$/s, '');
      if (label !== name) continue;
      const first = Number(entries.readBigUInt64LE(at + 32));
      const last = Number(entries.readBigUInt64LE(at + 40));
      return { offset: first * sectorSize, size: (last - first + 1) * sectorSize };
    }
    throw new LabError(`${disk} has no partition named ${name}`);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}
