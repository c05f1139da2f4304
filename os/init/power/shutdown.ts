import { readFileSync } from 'node:fs';
import { MNT_DETACH, MS_RDONLY, MS_REMOUNT } from '../../syscall/abi/mount.ts';
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

/** Sends `signal` to every process but this one: kill(2) with −1. */
export function signalEveryone(signal: NodeJS.Signals): void {
  try {
    process.kill(-1, signal);
  } catch {
    // ESRCH: nobody is left.
  }
}

/** Leaves every disk clean: unmounted, or at least read-only. */
export function releaseDisks(kernel: Kernel, log: Logger): void {
  kernel.sync();
  for (const target of writableDisks(readFileSync('/proc/self/mounts', 'utf8'))) {
    try {
      kernel.unmount(target, 0);
    } catch {
      // Busy: a process that cannot be killed holds it.
      try {
        kernel.mount({ source: 'none', target, type: '', flags: MS_REMOUNT | MS_RDONLY });
      } catch (error) {
        log.warning(`${target} is left in use: ${(error as Error).message}`);
        try {
          kernel.unmount(target, MNT_DETACH);
        } catch {}
      }
    }
  }
  kernel.sync();
}
