import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

const blockSize = 1024 * 1024;
const zeros = Buffer.alloc(blockSize);

/**
 * Copies a file into an open one, leaving holes where there are only zeros.
 * @param at offset in the target, in bytes; the target must read as zeros there
 */
export async function copySparse(source: string, target: FileHandle, at: number): Promise<void> {
  const file = await open(source);
  try {
    const buffer = Buffer.alloc(blockSize);
    for (let offset = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, blockSize, offset);
      if (bytesRead === 0) return;
      const block = buffer.subarray(0, bytesRead);
      if (!block.equals(zeros.subarray(0, bytesRead))) await target.write(block, 0, bytesRead, at + offset);
      offset += bytesRead;
    }
  } finally {
    await file.close();
  }
}
