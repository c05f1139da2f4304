import { type FileHandle, mkdir, open, rename, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../../host/lib/failure.ts';
import { withFolderBeside } from '../../../host/lib/temporary-folder.ts';
import type { Toolbox } from '../../../host/toolbox/toolbox.ts';
import { packOva } from './ova.ts';
import { type Seed, seedOfFile } from './seed.ts';
import { settleVdi } from './vdi.ts';
import { settleVhdx } from './vhdx.ts';
import { settleVmdk } from './vmdk.ts';

interface Format {
  /** qemu-img's name. */
  readonly driver: string;
  readonly options: readonly string[];
  /** Replaces what qemu-img took from chance. */
  readonly settle?: (file: FileHandle, seed: Seed) => Promise<void>;
  /** Whether `qemu-img check` knows the format. */
  readonly checked: boolean;
}

/** LSI Logic: what VMware and the appliance's descriptor attach the disk to. */
const vmdk: Format = {
  driver: 'vmdk',
  options: ['-o', 'subformat=streamOptimized,adapter_type=lsilogic'],
  settle: settleVmdk,
  checked: true,
};

const table = {
  raw: { driver: 'raw', options: [], checked: false },
  qcow2: { driver: 'qcow2', options: ['-c', '-o', 'compression_type=zlib'], checked: true },
  vdi: { driver: 'vdi', options: [], settle: settleVdi, checked: true },
  // Small blocks: a Linux file system touches a large one almost everywhere, and the file grows to the disk's size.
  vhdx: { driver: 'vhdx', options: ['-o', 'subformat=dynamic,block_size=1M'], settle: settleVhdx, checked: true },
  vmdk,
  ova: vmdk,
} as const satisfies Record<string, Format>;

/** The formats that a raw disk image can be turned into. */
export type DiskFormat = keyof typeof table;
export const diskFormats = Object.keys(table) as DiskFormat[];

/**
 * Turns a raw disk image into `format` at `target`, which appears whole or not at all. The same image and name give
 * the same bytes. The result is read back and compared with the image before it gets its name.
 * @throws Failure when there is too little space, or the result is not what went in.
 */
export async function convert(
  toolbox: Toolbox,
  raw: string,
  format: DiskFormat,
  target: string,
  product: { readonly name: string; readonly version: string },
): Promise<void> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  const { size: capacity, blocks } = await stat(raw);
  await checkSpace(folder, basename(target), spaceNeeded(format, blocks * 512));

  // VMDK holds its own file name: the temporary file has the final name in a folder of its own.
  await withFolderBeside(target, async (work) => {
    const name = basename(target);
    const disk = join(work, format === 'ova' ? `${basename(name, '.ova')}.vmdk` : name);
    await convertDisk(toolbox, raw, table[format], disk);
    if (format === 'ova') await packOva(disk, capacity, join(work, name), product, toolbox.date);
    await rename(join(work, name), target);
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error;
    throw new Failure(`There is no space for ${target}: make some and try again.`, 1, { cause: error });
  });
}

async function convertDisk(toolbox: Toolbox, raw: string, format: Format, target: string): Promise<void> {
  const { driver, options, settle, checked } = format;
  // One coroutine: clusters are then allocated in the order of the disk.
  await toolbox.run('qemu-img', ['convert', '-m', '1', '-f', 'raw', '-O', driver, ...options, raw, target]);
  if (settle !== undefined) {
    const seed = await seedOfFile(raw);
    const file = await open(target, 'r+');
    try {
      await settle(file, seed);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  if (checked) await toolbox.run('qemu-img', ['check', '-q', '-f', driver, target]);
  await toolbox.run('qemu-img', ['compare', '-q', '-f', 'raw', '-F', driver, raw, target]);
}

/**
 * Bytes that a conversion may need: all that the image holds, a tenth for tables and blocks that are partly used, and
 * for an appliance the disk a second time in its archive.
 */
export function spaceNeeded(format: DiskFormat, allocated: number): number {
  return Math.ceil(allocated * 1.1 * (format === 'ova' ? 2 : 1)) + 16 * 1024 * 1024;
}

async function checkSpace(folder: string, name: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= needed) return;
  const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
  throw new Failure(
    `${name} needs up to ${megabytes(needed)} MB in ${folder}, where ${megabytes(free)} MB are free: make space and try again.`,
  );
}
