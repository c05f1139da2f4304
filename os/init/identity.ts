import { writeFileSync } from 'node:fs';
import { buildTime } from '../lib/version.ts';
import type { Kernel } from '../syscall/kernel.ts';
import type { Logger } from './log/journal.ts';

/** Gives the machine its name. */
export function applyHostname(hostname: string, log: Logger): void {
  try {
    writeFileSync('/proc/sys/kernel/hostname', hostname);
  } catch (error) {
    log.warning(`the host name stays as it is: ${(error as Error).message}`);
  }
}

/** The kernel has set the clock from the hardware's (CONFIG_RTC_HCTOSYS). One that is older than this build is wrong. */
export function correctClock(kernel: Kernel, log: Logger, built = buildTime): void {
  const shown = Date.now();
  if (shown >= built) return;
  try {
    kernel.setClock(built);
    log.warning(
      `the clock showed ${new Date(shown).toISOString()}, before this system was built; it is set to the build's time`,
    );
  } catch (error) {
    log.warning(`the clock is wrong and cannot be set: ${(error as Error).message}`);
  }
}
