import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { execa } from 'execa';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import { ExpectationError } from '../machine/contract.ts';
import { readVmdk } from './vmdk.ts';

/** 7-Zip's program, beside its plug-in with the disk formats; the name in `usr/bin` is a script. */
const sevenZip = '../lib/7zip/7z';

const sevenZipTypes: Readonly<Record<string, string>> = { '.qcow2': 'qcow', '.vdi': 'vdi', '.vhdx': 'vhdx' };

/**
 * Reads a disk image with a program that shares no code with the one that wrote it, and compares every byte with the
 * raw disk.
 * @param scratch a folder for what has to be unpacked first
 * @throws ExpectationError naming the first byte that differs
 */
export async function sameDisk(toolbox: Toolbox, raw: string, image: string, scratch: string): Promise<void> {
  const format = extname(image);
  if (format === '.ova') return sameDisk(toolbox, raw, await unpackAppliance(image, scratch), scratch);
  if (format === '.vmdk') return sameBytes(raw, readVmdk(image), image);
  const type = sevenZipTypes[format];
  if (type === undefined) throw new ExpectationError(`there is no second reader for ${image}`);
  const [program, ...words] = await toolbox.argv(sevenZip);
  // Not execa: it may end the stream when the program has ended, before everything was read.
  const reader = spawn(program, [...words, 'x', '-so', `-t${type}`, image], {
    env: { ...process.env, ...toolbox.environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(reader, 'close') as Promise<[code: number | null]>;
  try {
    await sameBytes(raw, reader.stdout, image);
    const [code] = await closed;
    if (code !== 0) throw new ExpectationError(`7-Zip read ${image} with exit status ${code}`);
  } finally {
    reader.kill();
  }
}

async function unpackAppliance(image: string, scratch: string): Promise<string> {
  await execa('tar', ['-xf', image, '-C', scratch]);
  const { stdout } = await execa('tar', ['-tf', image]);
  const disk = stdout.split('\n').find((name) => name.endsWith('.vmdk'));
  if (disk === undefined) throw new ExpectationError(`${image} has no disk in it`);
  return join(scratch, disk);
}

async function sameBytes(raw: string, content: AsyncIterable<Buffer>, image: string): Promise<void> {
  const file = await open(raw);
  try {
    let position = 0;
    for await (const piece of content) {
      const expected = Buffer.alloc(piece.length);
      const { bytesRead } = await file.read(expected, 0, piece.length, position);
      if (bytesRead !== piece.length || !piece.equals(expected)) {
        throw new ExpectationError(`${image} differs from the disk near byte ${position}`);
      }
      position += piece.length;
    }
    const { size } = await file.stat();
    if (position !== size) throw new ExpectationError(`${image} has ${position} bytes, the disk ${size}`);
  } finally {
    await file.close();
  }
}
