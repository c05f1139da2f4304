import { closeSync, mkdirSync, openSync, readSync } from 'node:fs';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY } from '../../syscall/abi/mount.ts';
import type { Kernel } from '../../syscall/kernel.ts';
import type { Logger } from '../log/journal.ts';
import type { BlockDevice } from './block-devices.ts';
import { readVolume, type Volume, volumeHeaderSize } from './volume-label.ts';

const readOnly = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
const bootPartition = 'panos-esp';
const seedLabel = 'cidata';

/** Mounts what the machine's owner wrote for it, read-only: the boot partition and, if there is one, a seed disk. */
export function mountProvisioning(kernel: Kernel, devices: readonly BlockDevice[], log: Logger): void {
  const boot = devices.find(({ partitionName }) => partitionName === bootPartition);
  if (boot === undefined) log.debug('there is no boot partition');
  else mount(kernel, boot.path, '/boot', 'vfat', log);
  const seed = findSeed(devices);
  if (seed === undefined) return;
  mkdirSync('/run/seed', { recursive: true });
  mount(kernel, seed.path, '/run/seed', seed.type, log);
}

function mount(kernel: Kernel, source: string, target: string, type: string, log: Logger): void {
  try {
    kernel.mount({ source, target, type, flags: readOnly });
    log.debug(`${source} is mounted at ${target}`);
  } catch (error) {
    log.warning(`${source} cannot be mounted at ${target}: ${(error as Error).message}`);
  }
}

/** The first volume labelled `cidata` (cloud-init's NoCloud convention), in either case. */
function findSeed(devices: readonly BlockDevice[]): { path: string; type: Volume['type'] } | undefined {
  const header = Buffer.alloc(volumeHeaderSize);
  for (const { path, partitionName } of devices) {
    if (partitionName?.startsWith('panos-') === true) continue;
    const volume = readVolume(header.subarray(0, readStart(path, header)));
    if (volume?.label.toLowerCase() === seedLabel) return { path, type: volume.type };
  }
  return undefined;
}

/** Reads the first bytes of a device; 0 if it cannot be read (an empty drive). */
function readStart(path: string, into: Buffer): number {
  try {
    const fd = openSync(path, 'r');
    try {
      return readSync(fd, into, 0, into.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
}
