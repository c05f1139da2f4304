import type { FileHandle } from 'node:fs/promises';

/** Reads `length` bytes at `offset`. @throws Error when the file ends before. */
export async function readExactly(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) throw new Error(`the file ends within ${length} bytes at ${offset}`);
    done += bytesRead;
  }
  return buffer;
}
