import { rm, truncate, writeFile } from 'node:fs/promises';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import { fileSystems, partitionBytes } from './layout.ts';

/** A file of the EFI system partition, which any computer can read and edit. */
export interface EspFile {
  /** `/EFI/BOOT/BOOTX64.EFI` */
  readonly path: string;
  readonly source: string;
}

const sectorsPerCluster = 8;

/**
 * Makes the EFI system partition: FAT32 (UEFI 2.10, section 13.3), 4 KiB clusters, since firmware reads a file cluster
 * by cluster.
 */
export async function makeEsp(toolbox: Toolbox, files: readonly EspFile[], target: string): Promise<void> {
  await rm(target, { force: true });
  await writeFile(target, '');
  await truncate(target, partitionBytes('panos-esp').size);
  const env = { SOURCE_DATE_EPOCH: String(Math.floor(toolbox.date.getTime() / 1000)) };
  const { serial, label } = fileSystems.esp;
  await toolbox.run(
    'mkfs.fat',
    ['-F', '32', '-s', String(sectorsPerCluster), '--invariant', '-i', serial, '-n', label, target],
    { env },
  );
  const folders = new Set(files.flatMap(({ path }) => ancestors(path)));
  for (const folder of folders) await toolbox.run('mmd', ['-i', target, `::${folder}`], { env });
  for (const { path, source } of files) await toolbox.run('mcopy', ['-i', target, source, `::${path}`], { env });
}

/** `/EFI/BOOT/X` has `/EFI` and `/EFI/BOOT`. */
function ancestors(path: string): string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
