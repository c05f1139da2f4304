import { open, readFile, stat } from 'node:fs/promises';
import { bootSectorCode, loaderCode } from './bios/loader.ts';
import { partitionTableBytes, sectorSize } from './gpt.ts';
import { diskId, diskSectors, type PartitionName, partitionBytes, partitions } from './layout.ts';
import { copySparse } from './sparse.ts';

/** Files with the content of the partitions that are not empty. */
export interface PartitionImages {
  readonly esp: string;
  readonly system: string;
  readonly data: string;
}

/**
 * Puts the disk together: partition tables, the BIOS start, file systems. The file is sparse.
 * @param kernel the file that lies on the ESP as well; the BIOS loader is told where
 */
export async function assembleDisk(images: PartitionImages, kernel: string, target: string): Promise<void> {
  const { head, tail } = partitionTableBytes({ diskId, sectors: diskSectors, partitions });
  const loader = loaderCode(await kernelPlace(images.esp, kernel));
  const loaderAt = partitionBytes('panos-bios').offset;
  bootSectorCode(loaderAt / sectorSize, loader.length / sectorSize).copy(head);

  const content: readonly [PartitionName, string][] = [
    ['panos-esp', images.esp],
    ['panos-system-a', images.system],
    ['panos-data', images.data],
  ];
  const disk = await open(target, 'w');
  try {
    await disk.truncate(diskSectors * sectorSize);
    await disk.write(head, 0, head.length, 0);
    await disk.write(loader, 0, loader.length, loaderAt);
    for (const [name, file] of content) {
      const { offset, size } = partitionBytes(name);
      const length = (await stat(file)).size;
      if (length > size) throw new RangeError(`${name} takes ${length} bytes, the partition has ${size}`);
      await copySparse(file, disk, offset);
    }
    await disk.write(tail, 0, tail.length, diskSectors * sectorSize - tail.length);
    await disk.sync();
  } finally {
    await disk.close();
  }
}

/**
 * Where the kernel lies on the disk.
 * @throws Error when it is not in one piece
 */
async function kernelPlace(esp: string, kernel: string): Promise<{ sector: number; size: number }> {
  const content = await readFile(kernel);
  const at = (await readFile(esp)).indexOf(content);
  if (at < 0 || at % sectorSize !== 0) throw new Error('the kernel does not lie on the ESP in one piece');
  return { sector: (partitionBytes('panos-esp').offset + at) / sectorSize, size: content.length };
}
