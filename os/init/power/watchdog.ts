import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { WDIOC_SETTIMEOUT } from '../../syscall/abi/watchdog.ts';
import type { Kernel } from '../../syscall/kernel.ts';
import type { Logger } from '../log/journal.ts';

/** Seconds without a sign of life after which the machine is reset. */
const timeout = 30;

/** A watchdog in hardware survives a kernel that hangs; the kernel's own one (`softdog`) is better than none. */
function chooseDevice(): string | undefined {
  const folder = '/sys/class/watchdog';
  const devices = readdirSync(folder).sort();
  const inHardware = (device: string): boolean => {
    try {
      return !readFileSync(`${folder}/${device}/identity`, 'utf8').startsWith('Software');
    } catch {
      return false;
    }
  };
  return devices.find(inHardware) ?? devices[0];
}

/**
 * Opens the watchdog and gives it a sign of life from the event loop. It is never closed: should this process hang, or
 * a shutdown, the machine is reset.
 */
export function startWatchdog(kernel: Kernel, log: Logger): void {
  try {
    const device = chooseDevice();
    if (device === undefined) {
      log.debug('there is no watchdog');
      return;
    }
    const fd = openSync(`/dev/${device}`, 'w');
    const granted = new DataView(new ArrayBuffer(4));
    granted.setInt32(0, timeout, true);
    kernel.ioctl(fd, WDIOC_SETTIMEOUT, granted.buffer);
    const seconds = granted.getInt32(0, true);
    const pet = () => {
      try {
        writeSync(fd, '\0');
      } catch {}
    };
    setInterval(pet, (seconds * 1000) / 3).unref();
    log.debug(`${device} resets the machine after ${seconds} s without a sign of life`);
  } catch (error) {
    log.warning(`there is no watchdog: ${(error as Error).message}`);
  }
}
