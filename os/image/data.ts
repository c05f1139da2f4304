import { rm, truncate, writeFile } from 'node:fs/promises';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import { fileSystems, partitionBytes } from './layout.ts';

/** Makes the empty file system of the data partition. */
export async function makeDataFileSystem(toolbox: Toolbox, target: string): Promise<void> {
  await rm(target, { force: true });
  await writeFile(target, '');
  await truncate(target, partitionBytes('panos-data').size);
  const { uuid, hashSeed, label } = fileSystems.data;
  await toolbox.run(
    'mke2fs',
    [
      ...['-q', '-F', '-t', 'ext4', '-b', '4096', '-m', '1', '-J', 'size=16', '-L', label, '-U', uuid],
      // Inode tables are zeros already: the guest need not write them in the background of its first minutes.
      ...['-E', `hash_seed=${hashSeed},root_owner=0:0,nodiscard,lazy_itable_init=0,lazy_journal_init=0`],
      target,
    ],
    { env: { SOURCE_DATE_EPOCH: String(Math.floor(toolbox.date.getTime() / 1000)) } },
  );
}
