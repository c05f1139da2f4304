import type { FileHandle } from 'node:fs/promises';
import { crc32c } from '../../lib/crc32c.ts';
import { readExactly } from './read-exactly.ts';
import type { Seed } from './seed.ts';

// [MS-VHDX] Virtual Hard Disk v2 File Format, section 2.2. Offsets and sizes in bytes.
const headersAt = [0x10000, 0x20000] as const;
const headerSize = 0x1000;
const header = {
  checksum: 4,
  sequence: 8,
  fileWriteGuid: 16,
  dataWriteGuid: 32,
  logGuid: 48,
  logLength: 68,
  logOffset: 72,
};
const regionTableAt = 0x30000;
const metadataRegion = guid('8b7ca206-4790-4b9a-b8fe-575f050f886e');
const virtualDiskId = guid('beca12ab-b2e6-4523-93ef-c309e000c746');

/**
 * Gives a VHDX image identifiers that follow from its content: in both headers (with their checksums), and of the
 * virtual disk itself. Its log, which has been replayed, is emptied.
 */
export async function settleVhdx(file: FileHandle, seed: Seed): Promise<void> {
  const headers = await Promise.all(headersAt.map((at) => readExactly(file, at, headerSize)));
  if (headers.some((one) => one.toString('latin1', 0, 4) !== 'head')) throw new Error('not a VHDX image');
  if (headers.some((one) => one.subarray(header.logGuid, header.logGuid + 16).some((byte) => byte !== 0))) {
    throw new Error('the VHDX image was not closed: its log is in use');
  }
  await writeHeaders(file, headers, seed);
  await emptyLog(file, headers);
  const at = await findVirtualDiskId(file);
  await file.write(seed.uuid('vhdx disk'), 0, 16, at);
}

/** The header with the higher sequence number counts: which of the two that is stays as it was. */
async function writeHeaders(file: FileHandle, headers: readonly Buffer[], seed: Seed): Promise<void> {
  const sequences = headers.map((one) => one.readBigUInt64LE(header.sequence));
  const [newest] = sequences.toSorted((a, b) => (a < b ? 1 : -1));
  for (const [index, one] of headers.entries()) {
    one.writeBigUInt64LE(sequences[index] === newest ? 2n : 1n, header.sequence);
    seed.uuid('vhdx file write').copy(one, header.fileWriteGuid);
    seed.uuid('vhdx data write').copy(one, header.dataWriteGuid);
    one.writeUInt32LE(0, header.checksum);
    // os/lib leaves the last inversion to its callers.
    one.writeUInt32LE(~crc32c(one) >>> 0, header.checksum);
    await file.write(one, 0, headerSize, headersAt[index]);
  }
}

async function emptyLog(file: FileHandle, headers: readonly Buffer[]): Promise<void> {
  const [first] = headers;
  if (first === undefined) return;
  const length = first.readUInt32LE(header.logLength);
  await file.write(Buffer.alloc(length), 0, length, Number(first.readBigUInt64LE(header.logOffset)));
}

/** The position of the item "Virtual Disk ID" (also called page 83 data), by the region and metadata tables. */
async function findVirtualDiskId(file: FileHandle): Promise<number> {
  const regions = await readExactly(file, regionTableAt, 0x10000);
  if (regions.toString('latin1', 0, 4) !== 'regi') throw new Error('the VHDX image has no region table');
  for (let entry = 16, left = regions.readUInt32LE(8); left > 0; left--, entry += 32) {
    if (!regions.subarray(entry, entry + 16).equals(metadataRegion)) continue;
    const regionAt = Number(regions.readBigUInt64LE(entry + 16));
    const table = await readExactly(file, regionAt, 0x10000);
    for (let item = 32, items = table.readUInt16LE(10); items > 0; items--, item += 32) {
      if (table.subarray(item, item + 16).equals(virtualDiskId)) return regionAt + table.readUInt32LE(item + 16);
    }
  }
  throw new Error('the VHDX image has no virtual disk identifier');
}

/** A GUID as it lies on disk: the first three fields little-endian ([MS-DTYP] 2.3.4.2). */
function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
