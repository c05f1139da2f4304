import { MNT_DETACH, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY } from '../../syscall/abi/mount.ts';
import type { Kernel } from '../../syscall/kernel.ts';
import type { Logger } from '../log/journal.ts';
import type { BlockDevice } from './block-devices.ts';
import type { Backup } from './superblock-repair.ts';

const dataPartition = 'panos-data';
const flags = MS_NOSUID | MS_NODEV;

/** Places that tests put elsewhere. */
export interface DataPlaces {
  readonly target: string;
  /** An empty file system for the partition, gzipped, in the format of `lib/extents.ts`. */
  readonly template: string;
}

const places: DataPlaces = { target: '/data', template: '/usr/share/panos/data.extents.gz' };

/** How /data came about. */
export type DataState = 'mounted' | 'repaired' | 'read-only' | 'remade' | 'memory' | 'none';

/**
 * Mounts the data partition. Whatever its state is, there is a /data afterwards, writable if at all possible, and what
 * had to be done is in the log. One step after the other is tried, the gentlest first: as it is; with its superblock
 * restored from a copy; read-only without its journal; made anew, the old content kept aside; in memory.
 */
export async function mountData(
  kernel: Kernel,
  devices: readonly BlockDevice[],
  log: Logger,
  where = places,
): Promise<DataState> {
  const device = devices.find(({ partitionName }) => partitionName === dataPartition);
  if (device === undefined) return mountMemory(kernel, log, where, 'there is no data partition');
  const { path } = device;
  const refusal = tryMount(kernel, path, where.target, flags);
  if (refusal === undefined) return 'mounted';
  log.warning(`the data partition cannot be mounted: ${refusal}`);
  try {
    const { findBackup } = await import('./superblock-repair.ts');
    const backup = findBackup(path, device.size);
    return (
      (await repair(kernel, path, backup, log, where)) ??
      mountReadOnly(kernel, path, 'noload', log, where) ??
      // The copy brings its own copy of the group descriptors, which are good enough to read by.
      (backup && mountReadOnly(kernel, path, `noload,sb=${backup.offset / 1024}`, log, where)) ??
      (await remake(kernel, device, log, where))
    );
  } catch (error) {
    return mountMemory(kernel, log, where, `the data partition cannot be made anew (${(error as Error).message})`);
  }
}

/** Whether the disk takes what is written. */
export const isWritable = (state: DataState): boolean =>
  state === 'mounted' || state === 'repaired' || state === 'remade';

/** Mounts the data partition so that nothing on it is changed, not even by its journal; or nothing. */
export function mountDataSafely(
  kernel: Kernel,
  devices: readonly BlockDevice[],
  log: Logger,
  { target } = places,
): DataState {
  const device = devices.find(({ partitionName }) => partitionName === dataPartition);
  const refusal =
    device === undefined
      ? 'there is none'
      : tryMount(kernel, device.path, target, flags | MS_RDONLY | MS_NOEXEC, 'noload');
  if (refusal === undefined) return 'read-only';
  log.warning(`the data partition is not mounted: ${refusal}`);
  return 'none';
}

/** Answers with the reason if it fails. */
function tryMount(kernel: Kernel, source: string, target: string, mountFlags: number, data?: string) {
  try {
    kernel.mount({ source, target, type: 'ext4', flags: mountFlags, ...(data === undefined ? {} : { data }) });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Puts a copy in the place of a broken superblock, if the kernel takes the volume with that copy. */
async function repair(kernel: Kernel, path: string, backup: Backup | undefined, log: Logger, { target }: DataPlaces) {
  const { hasGoodPrimary, writePrimary } = await import('./superblock-repair.ts');
  try {
    if (backup === undefined || hasGoodPrimary(path)) return undefined;
    const readOnly = flags | MS_RDONLY;
    if (tryMount(kernel, path, target, readOnly, `noload,sb=${backup.offset / 1024}`) !== undefined) return undefined;
    kernel.unmount(target, MNT_DETACH);
    writePrimary(path, backup.bytes);
    if (tryMount(kernel, path, target, flags) !== undefined) return undefined;
    log.warning(`the data partition is mounted with its superblock restored from the copy at byte ${backup.offset}`);
    return 'repaired' as const;
  } catch (error) {
    log.warning(`the data partition's superblock cannot be restored: ${(error as Error).message}`);
    return undefined;
  }
}

function mountReadOnly(kernel: Kernel, path: string, options: string, log: Logger, { target }: DataPlaces) {
  if (tryMount(kernel, path, target, flags | MS_RDONLY, options) !== undefined) return undefined;
  log.warning('the data partition is damaged and mounted read-only: copy what is needed and replace it');
  return 'read-only' as const;
}

async function remake(kernel: Kernel, { path, size }: BlockDevice, log: Logger, where: DataPlaces) {
  const { copyBudget, keep, storeCopy, writeTemplate } = await import('./remake.ts');
  log.warning('the data partition is unreadable and is made anew; this can take some minutes');
  const kept = await keep(path, size, copyBudget());
  await writeTemplate(path, size, where.template);
  const refusal = tryMount(kernel, path, where.target, flags);
  if (refusal !== undefined) throw new Error(refusal);
  if ('reason' in kept) log.warning(`the old data partition could not be kept: ${kept.reason}`);
  else {
    try {
      const file = storeCopy(kept.copy, new Date(), `${where.target}/rescue`);
      log.warning(`the data partition was made anew; the old one is kept in ${file}`);
    } catch (error) {
      log.warning(`the data partition was made anew; the old one could not be kept: ${(error as Error).message}`);
    }
  }
  return 'remade' as const;
}

function mountMemory(kernel: Kernel, log: Logger, { target }: DataPlaces, reason: string): DataState {
  log.warning(`${reason}: what is written to ${target} lasts until the machine is switched off`);
  try {
    kernel.mount({ source: 'data', target, type: 'tmpfs', flags, data: 'mode=755,size=25%' });
    return 'memory';
  } catch (error) {
    log.error(`there is no ${target}: ${(error as Error).message}`);
    return 'none';
  }
}
