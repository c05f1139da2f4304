import { readFileSync } from 'node:fs';
import { MS_RDONLY, MS_REMOUNT } from '../../syscall/abi/mount.ts';
import type { Kernel } from '../../syscall/kernel.ts';
import type { Logger } from '../log/journal.ts';

/** Mount points of disks that were written to, the innermost first: /proc/self/mounts, fields 2 to 4. */
export function writableDisks(mounts: string): readonly string[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([device, , , options]) => device?.startsWith('/dev/') === true && /(^|,)rw(,|$)/.test(options ?? ''))
    .map(([, target]) =>
      (target ?? '').replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    .reverse();
}

/** Sends `signal` to every process but this one: kill(2) with −1. Refused to any process but PID 1. */
export function signalEveryone(signal: NodeJS.Signals): void {
  if (process.pid !== 1) throw new Error('only PID 1 may signal every process');
  try {
    process.kill(-1, signal);
  } catch {
    // ESRCH: nobody is left.
  }
}

/** How long to wait between two tries to unmount (milliseconds). */
const pause = 20;

/**
 * Leaves every disk clean: unmounted, or at least read-only. Killed processes take a moment to let go of a disk: it is
 * waited for, no longer than `patience` milliseconds; with 0 everything is done when this returns.
 */
export async function releaseDisks(kernel: Kernel, log: Logger, patience: number): Promise<void> {
  kernel.sync();
  let busy = writableDisks(readFileSync('/proc/self/mounts', 'utf8')).filter((target) => !unmount(kernel, target));
  for (let waited = 0; busy.length > 0 && waited < patience; waited += pause) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    busy = busy.filter((target) => !unmount(kernel, target));
  }
  for (const target of busy) makeReadOnly(kernel, target, log);
  kernel.sync();
}

function unmount(kernel: Kernel, target: string): boolean {
  try {
    kernel.unmount(target, 0);
    return true;
  } catch {
    return false;
  }
}

function makeReadOnly(kernel: Kernel, target: string, log: Logger): void {
  try {
    kernel.mount({ source: 'none', target, type: '', flags: MS_REMOUNT | MS_RDONLY });
  } catch (error) {
    log.warning(`${target} is left in use: ${(error as Error).message}`);
  }
}
