import { type FileHandle, open } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { ExpectationError } from '../machine/contract.ts';

/**
 * Reads a stream-optimised VMDK by VMware's "Virtual Disk Format 5.0", independently of the program that wrote it (7-Zip
 * does not open what qemu-img writes).
 */
const sectorSize = 512;
const magic = 'KDMV';
/** Entries of a grain table, fixed by the format for hosted disks. */
const tableEntries = 512;
const compressedGrains = 0x1_0000;

/** The disk's content from its start, grain by grain. Grains that are absent come as zeros. */
export async function* readVmdk(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const header = await readAt(file, 0, sectorSize);
    if (header.toString('latin1', 0, 4) !== magic || !(header.readUInt32LE(8) & compressedGrains)) {
      throw new ExpectationError(`${path} is no stream-optimised VMDK`);
    }
    const sectors = (offset: number): number => Number(header.readBigUInt64LE(offset)) * sectorSize;
    const [capacity, grainSize] = [sectors(12), sectors(20)];
    const grains = Math.ceil(capacity / grainSize);
    const directory = await readAt(file, sectors(56), Math.ceil(grains / tableEntries) * 4);
    const empty = Buffer.alloc(grainSize);
    for (let grain = 0; grain < grains; grain += tableEntries) {
      const at = directory.readUInt32LE((grain / tableEntries) * 4) * sectorSize;
      const table = at === 0 ? Buffer.alloc(tableEntries * 4) : await readAt(file, at, tableEntries * 4);
      for (let index = 0; index < Math.min(tableEntries, grains - grain); index += 1) {
        const start = table.readUInt32LE(index * 4) * sectorSize;
        const content = start === 0 ? empty : await readGrain(file, start, (grain + index) * (grainSize / sectorSize));
        yield content.subarray(0, Math.min(grainSize, capacity - (grain + index) * grainSize));
      }
    }
  } finally {
    await file.close();
  }
}

/** A grain is its sector number, the length of its data, and the data (RFC 1950). */
async function readGrain(file: FileHandle, start: number, sector: number): Promise<Buffer> {
  const marker = await readAt(file, start, 12);
  if (Number(marker.readBigUInt64LE(0)) !== sector) {
    throw new ExpectationError(`the grain at ${start} says it is sector ${marker.readBigUInt64LE(0)}, not ${sector}`);
  }
  return inflateSync(await readAt(file, start + 12, marker.readUInt32LE(8)));
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw new ExpectationError(`the file ends before byte ${position + length}`);
  return buffer;
}
