import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { maxExtent, type ReadAt } from '../../lib/extents.ts';

/** A block device (or, in tests, a file) opened for reading and writing at offsets. */
export class Device implements Disposable {
  readonly #fd: number;

  /** @throws the file system's error. */
  constructor(path: string, mode: 'r' | 'r+' = 'r') {
    this.#fd = openSync(path, mode);
  }

  /** Reads exactly `length` bytes. @throws Error at the end of the device or at a bad sector. */
  read(offset: number, length: number, bytes = Buffer.allocUnsafe(length)): Buffer {
    for (let got = 0; got < length; ) {
      const count = readSync(this.#fd, bytes, got, length - got, offset + got);
      if (count === 0) throw new Error(`the device ends at ${offset + got}`);
      got += count;
    }
    return bytes;
  }

  /** The same for many reads in a row: other work has its turn between them, and all use the same memory. */
  readAll(): ReadAt {
    const memory = Buffer.alloc(maxExtent);
    return async (offset, length) => {
      await new Promise(setImmediate);
      return this.read(offset, length, memory.subarray(0, length));
    };
  }

  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
    }
  }

  /** Waits until the disk has it. */
  flush(): void {
    fsyncSync(this.#fd);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
