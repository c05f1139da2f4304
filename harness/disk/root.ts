import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import { findPartition } from './partition.ts';

/** Takes the root file system out of a raw disk image, checking it on the way, and returns the folder. */
export async function extractRoot(toolbox: Toolbox, disk: string, target: string): Promise<string> {
  const { offset } = await findPartition(disk, 'panos-system-a');
  const options = ['--no-preserve-owner', '--preserve-perms', `--offset=${offset}`, '-d0'];
  await toolbox.run('fsck.erofs', [`--extract=${target}`, ...options, disk]);
  return target;
}
