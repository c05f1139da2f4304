import { type FileHandle, open } from 'node:fs/promises';
import { LabError } from '../machine/contract.ts';

/**
 * The record of every write and flush of a disk, in the format of device-mapper's log-writes target
 * (Documentation/admin-guide/device-mapper/log-writes.rst; drivers/md/dm-log-writes.c), which QEMU's blklogwrites writes.
 */
const magic = 0x6a73_6677_7368_72n;
const version = 1n;
const flags = { flush: 1n, forcedUnitAccess: 2n, discard: 4n } as const;
/** sector, number of sectors, flags, length of marks: four 64-bit numbers. */
const entryHeaderSize = 32;

interface Entry {
  /** Where its data is in the log, and where it goes on the disk, in bytes. */
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly flags: bigint;
}

/** What became of the writes of one log. */
export interface Replay {
  /** Writes that are on the disk, and writes that were lost with the drive's cache. */
  readonly kept: number;
  readonly lost: number;
}

/**
 * Brings a disk to the state in which a drive with a volatile cache would be after a power cut: everything up to the
 * last flush is there; of what came later, what `survives` says, in whatever order it was written.
 * @param disk a raw disk as it was when the log began
 * @param survives asked for each write that was not flushed
 */
export async function replayWriteLog(log: string, disk: string, survives: () => boolean): Promise<Replay> {
  const [source, target] = [await open(log), await open(disk, 'r+')];
  try {
    const entries = await readEntries(source);
    const lastFlush = entries.findLastIndex((entry) => entry.flags & flags.flush);
    let [kept, lost] = [0, 0];
    for (const [index, entry] of entries.entries()) {
      if (entry.length === 0) continue;
      const durable = index <= lastFlush || (entry.flags & flags.forcedUnitAccess) !== 0n;
      if (durable || survives()) {
        await apply(entry, source, target);
        kept += 1;
      } else {
        lost += 1;
      }
    }
    return { kept, lost };
  } finally {
    await source.close();
    await target.close();
  }
}

async function readEntries(log: FileHandle): Promise<readonly Entry[]> {
  const { size } = await log.stat();
  // A machine that was cut off before its first write has written no log.
  if (size === 0) return [];
  const head = await readAt(log, 0, 32);
  if (head.readBigUInt64LE(0) !== magic || head.readBigUInt64LE(8) !== version) {
    throw new LabError('the write log of the machine is not one');
  }
  const [count, sectorSize] = [Number(head.readBigUInt64LE(16)), head.readUInt32LE(24)];
  const entries: Entry[] = [];
  for (let at = sectorSize; entries.length < count; ) {
    const header = await readAt(log, at, entryHeaderSize);
    const field = (index: number) => header.readBigUInt64LE(index * 8);
    const entry = {
      from: at + sectorSize,
      to: Number(field(0)) * sectorSize,
      length: Number(field(1)) * sectorSize,
      flags: field(2),
    };
    entries.push(entry);
    // Nothing is stored for what was discarded.
    at = entry.from + (entry.flags & flags.discard ? 0 : entry.length);
  }
  return entries;
}

async function apply({ from, to, length, flags: kind }: Entry, source: FileHandle, target: FileHandle): Promise<void> {
  const data = kind & flags.discard ? Buffer.alloc(length) : await readAt(source, from, length);
  await target.write(data, 0, length, to);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw new LabError(`the write log ends in the middle of an entry, at byte ${position}`);
  return buffer;
}
