import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import type { MachineSpec } from '../machine/contract.ts';
import { findPartition } from './partition.ts';

/**
 * A disk that starts as the image and keeps what a machine writes apart from it. Made in an instant; the image must stay
 * where it is.
 */
export async function overlayDisk(toolbox: Toolbox, image: string, path: string): Promise<MachineSpec['disk']> {
  await toolbox.run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', 'raw', path]);
  return { path, format: 'qcow2' };
}

/** A disk with nothing on it, of the size that small machines have. */
export async function emptyDisk(toolbox: Toolbox, path: string): Promise<MachineSpec['disk']> {
  await toolbox.run('qemu-img', ['create', '-q', '-f', 'qcow2', path, '1G']);
  return { path, format: 'qcow2' };
}

/** A raw copy of the image, whose partitions can be changed while its machine is off. Holes stay holes. */
export class RawDisk {
  readonly path: string;
  readonly format = 'raw';
  readonly #toolbox: Toolbox;

  private constructor(toolbox: Toolbox, path: string) {
    this.#toolbox = toolbox;
    this.path = path;
  }

  static async copyOf(toolbox: Toolbox, image: string, path: string): Promise<RawDisk> {
    // cp knows how to keep holes and, where the file system can, to share blocks.
    await execa('cp', ['--sparse=always', '--reflink=auto', image, path]);
    return new RawDisk(toolbox, path);
  }

  /** Puts a file on the EFI system partition, as any computer could: `/panos.json`. */
  async writeToEsp(path: string, content: string | Uint8Array, scratch: string): Promise<void> {
    const { offset } = await findPartition(this.path, 'panos-esp');
    const file = join(scratch, 'esp-file');
    await writeFile(file, content);
    await this.#toolbox.run('mcopy', ['-o', '-i', `${this.path}@@${offset}`, file, `::${path}`]);
  }

  /** Overwrites part of a partition; `at` counts in bytes from its start. */
  async overwrite(partition: string, at: number, bytes: Uint8Array): Promise<void> {
    const { offset } = await findPartition(this.path, partition);
    const file = await open(this.path, 'r+');
    try {
      await file.write(bytes, 0, bytes.length, offset + at);
    } finally {
      await file.close();
    }
  }

  /** Overwrites every block of a partition that is not zero with `noise`, which must be one block of 4096 bytes. */
  async overwriteUsed(partition: string, noise: Uint8Array): Promise<void> {
    const { offset, size } = await findPartition(this.path, partition);
    const file = await open(this.path, 'r+');
    try {
      const piece = Buffer.alloc(1024 * 1024);
      for (let at = 0; at < size; at += piece.length) {
        await file.read(piece, 0, piece.length, offset + at);
        for (let block = 0; block < piece.length; block += noise.length) {
          if (piece.subarray(block, block + noise.length).every((byte) => byte === 0)) continue;
          await file.write(noise, 0, noise.length, offset + at + block);
        }
      }
    } finally {
      await file.close();
    }
  }
}
