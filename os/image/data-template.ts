import { open } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { encodeExtents } from '../lib/extents.ts';
import type { RootFile } from './root-file-system.ts';

/**
 * The empty data file system as the image carries it, for the guest that finds its own beyond repair: there is no mkfs
 * in the image.
 * @param image the file system that {@link makeDataFileSystem} made
 */
export async function dataTemplate(image: string): Promise<RootFile> {
  const file = await open(image);
  try {
    const { size } = await file.stat();
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const buffer = Buffer.alloc(length);
      await file.read(buffer, 0, length, offset);
      return buffer;
    };
    const bytes = gzipSync(Buffer.concat(await Array.fromAsync(encodeExtents(size, read))), { level: 9 });
    return { path: '/usr/share/panos/data.extents.gz', content: { bytes }, executable: false, origin: 'panos' };
  } finally {
    await file.close();
  }
}
