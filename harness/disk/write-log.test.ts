import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replayWriteLog } from './write-log.ts';

const sector = 512;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'panos-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (at: number, fill: string, flags = 0n) => ({ at, data: Buffer.alloc(sector, fill), flags });
const flush = { at: 0, data: Buffer.alloc(0), flags: 1n };

function logOf(...entries: { at: number; data: Buffer; flags: bigint }[]): Buffer {
  const head = Buffer.alloc(sector);
  head.writeBigUInt64LE(0x6a736677736872n, 0);
  head.writeBigUInt64LE(1n, 8);
  head.writeBigUInt64LE(BigInt(entries.length), 16);
  head.writeUInt32LE(sector, 24);
  const parts = entries.flatMap(({ at, data, flags }) => {
    const header = Buffer.alloc(sector);
    header.writeBigUInt64LE(BigInt(at), 0);
    header.writeBigUInt64LE(BigInt(data.length / sector), 8);
    header.writeBigUInt64LE(flags, 16);
    return flags & 4n ? [header] : [header, data];
  });
  return Buffer.concat([head, ...parts]);
}

async function after(log: Buffer, survives: () => boolean) {
  const [logPath, disk] = [join(folder, 'log'), join(folder, 'disk')];
  await writeFile(logPath, log);
  await writeFile(disk, Buffer.alloc(4 * sector, '.'));
  const replay = await replayWriteLog(logPath, disk, survives);
  const content = await readFile(disk, 'latin1');
  return { ...replay, sectors: [0, 1, 2, 3].map((index) => content[index * sector]).join('') };
}

test('what was flushed stays, what was not is lost with the cache', async () => {
  const log = logOf(write(0, 'a'), write(1, 'b'), flush, write(1, 'c'), write(2, 'd'));
  expect(await after(log, () => false)).toEqual({ kept: 2, lost: 2, sectors: 'ab..' });
});

test('what was not flushed may also be there, in part', async () => {
  const log = logOf(write(0, 'a'), flush, write(1, 'b'), write(2, 'c'));
  const coin = [false, true];
  expect(await after(log, () => coin.shift() ?? false)).toEqual({ kept: 2, lost: 1, sectors: 'a.c.' });
});

test('a forced write needs no flush; what was discarded is zeros', async () => {
  const log = logOf(write(3, 'x', 2n), { ...write(0, ' ', 4n) }, write(1, 'y'), flush);
  expect(await after(log, () => false)).toEqual({ kept: 3, lost: 0, sectors: '\0y.x' });
});

test('a machine that never wrote has an empty log; a file that is no log is refused', async () => {
  expect(await after(Buffer.alloc(0), () => true)).toEqual({ kept: 0, lost: 0, sectors: '....' });
  await expect(after(Buffer.alloc(4096, 7), () => true)).rejects.toThrow('not one');
});
