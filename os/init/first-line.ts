import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { version } from '../lib/version.ts';
import { logLine } from './log/line.ts';

/** What PID 1 says first. The journal has the record too, but the terminals need not wait for it. */
export const firstMessage = `PanoramicData.Os ${version} is starting`;

/** Where the kernel's own console is before /sys can tell which terminals are consoles. */
const terminals = ['/dev/console', '/dev/tty0'];

/**
 * Says that userspace is alive, before anything is mounted or loaded: a person who waits, and whoever measures, learns it
 * 0.3 s sooner. Does nothing where there is no terminal.
 */
export function sayFirstLine(): void {
  // CLOCK_MONOTONIC: the same as the time since boot, as the machine has not been suspended yet.
  const uptime = Number(process.hrtime.bigint()) / 1e9;
  const line = logLine({ uptime, unit: 'init', severity: 'info', message: firstMessage });
  for (const path of terminals) {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      writeSync(fd, line);
      closeSync(fd);
    } catch {}
  }
}
