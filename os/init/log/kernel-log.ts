import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { Severity } from '../../control/protocol.ts';
import type { Kernel } from '../../syscall/kernel.ts';
import type { Journal } from './journal.ts';

/** A record never is longer: CONSOLE_EXT_LOG_MAX of kernel/printk, Linux 6.12. */
const maxRecord = 8192;
/** Records read before other work gets its turn. */
const slice = 100;

export interface KernelRecord {
  readonly severity: Severity;
  /** Seconds since boot. */
  readonly uptime: number;
  readonly message: string;
}

/**
 * Parses what one read of /dev/kmsg gives: `priority,sequence,microseconds,flags;message`, then lines of ` KEY=value`.
 * Documentation/ABI/testing/dev-kmsg. Answers undefined for anything else.
 */
export function parseKernelRecord(text: string): KernelRecord | undefined {
  const match = /^(\d+),\d+,(\d+),[^;]*;([^\n]*)/.exec(text);
  if (match === null) return undefined;
  const level = Number(match[1]) & 7;
  const severity = level <= 3 ? 'error' : level === 4 ? 'warning' : level === 7 ? 'debug' : 'info';
  return { severity, uptime: Number(match[2]) / 1e6, message: unescaped(match[3] ?? '') };
}

/** The kernel writes bytes that are not printable as `\xhh`. */
const unescaped = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** Copies the kernel's log into the journal: what it has said since it started, and from then on as it speaks. */
export function followKernelLog(kernel: Kernel, journal: Journal): void {
  let fd: number;
  try {
    fd = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    journal.write('init', 'warning', `the kernel's log cannot be read: ${(error as Error).message}`);
    return;
  }
  const buffer = Buffer.alloc(maxRecord);
  const watcher = kernel.watch(fd, () => {
    for (let count = 0; count < slice; count++) {
      let length: number;
      try {
        length = readSync(fd, buffer);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') return;
        // EPIPE: records were overwritten before they were read; reading goes on behind the gap.
        if (code === 'EPIPE') continue;
        watcher[Symbol.dispose]();
        closeSync(fd);
        return journal.write('init', 'warning', `the kernel's log ended: ${(error as Error).message}`);
      }
      const record = parseKernelRecord(buffer.toString('utf8', 0, length));
      if (record !== undefined) journal.write('kernel', record.severity, record.message, record.uptime);
    }
  });
}
