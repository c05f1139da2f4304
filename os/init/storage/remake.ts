import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { decodeExtents, encodeExtents } from '../../lib/extents.ts';
import { Device } from './device-io.ts';
import { type ByteRange, journalRanges, primaryOffset, superblockSize } from './ext4.ts';

/** What `keep` could hold of a broken partition: the compressed copy, or why there is none. */
export type Kept = { readonly copy: readonly Buffer[] } | { readonly reason: string };

/** Bytes of memory that a copy may take: a third of what is available (/proc/meminfo is in KiB). */
export function copyBudget(meminfo = readFileSync('/proc/meminfo', 'utf8')): number {
  return Math.floor((Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024) / 3);
}

/** Holds a compressed copy of a partition in memory, if it takes no more than `budget` bytes. */
export async function keep(path: string, size: number, budget: number): Promise<Kept> {
  const copy: Buffer[] = [];
  let held = 0;
  try {
    using device = new Device(path);
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    await pipeline(encodeExtents(size, device.readAll()), gzip, async (compressed: AsyncIterable<Buffer>) => {
      for await (const chunk of compressed) {
        held += chunk.length;
        if (held > budget) throw new Error(`it takes more than ${Math.floor(budget / 1024 ** 2)} MiB of memory`);
        copy.push(chunk);
      }
    });
    return { copy };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

const wipe = Buffer.alloc(1024 * 1024);

/**
 * Writes an empty file system from its template over a partition of `size` bytes. The journal's place is emptied first:
 * what an old journal left there must never be replayed. Everything else that the template does not hold, the new file
 * system regards as free or initialises itself.
 * @throws the device's error, or ExtentsError for a broken template.
 */
export async function writeTemplate(path: string, size: number, template: string): Promise<void> {
  const extents = () => decodeExtents(createReadStream(template).pipe(createGunzip()));
  let journal: readonly ByteRange[] = [];
  // Once without writing: a broken template must not destroy what is left.
  for await (const { offset, data } of extents()) {
    if (offset + data.length > size) throw new Error(`the template needs more than the ${size} bytes of ${path}`);
    const superblock = primaryOffset - offset;
    if (superblock >= 0) journal = journalRanges(data.subarray(superblock, superblock + superblockSize));
  }
  using device = new Device(path, 'r+');
  for (const { offset, length } of journal) {
    for (let done = 0; done < length; done += wipe.length) {
      device.write(offset + done, wipe.subarray(0, Math.min(wipe.length, length - done)));
    }
  }
  for await (const { offset, data } of extents()) device.write(offset, data);
  device.flush();
}

/** Puts the copy of the old partition on the new one; answers with its path. @throws if it does not fit. */
export function storeCopy(copy: readonly Buffer[], time: Date, root = '/data/rescue'): string {
  const folder = `${root}/${time.toISOString().replaceAll(':', '-')}`;
  const file = `${folder}/partition.extents.gz`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const fd = openSync(file, 'w', 0o600);
    try {
      for (const chunk of copy) writeFileSync(fd, chunk);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return file;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
