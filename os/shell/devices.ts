import { setTimeout as delay } from 'node:timers/promises';
import { openTerminal, type Terminal } from './terminal/terminal.ts';

export interface ServedDevice {
  /** Serves the terminal until it closes; resolves with the reason. */
  serve(terminal: Terminal): Promise<string | undefined>;
  /** Something worth a log record. */
  report(severity: 'info' | 'warning', message: string): void;
}

// Milliseconds between attempts to open a terminal again, and the life after which it counts as sound.
const shortestPause = 500;
const longestPause = 30_000;
const soundAfter = 60_000;

// There is no such device, and none will come: serial ports and virtual consoles are there from the start.
const absent = new Set(['ENOENT', 'ENXIO', 'ENODEV', 'ENOTTY', 'EIO']);

/**
 * Serves the terminal at `path` for as long as there is one: when it hangs up or fails it is opened again, after
 * pauses that grow. Resolves at once if it does not exist, else when `signal` is aborted.
 */
export async function keepServing(path: string, device: ServedDevice, signal: AbortSignal): Promise<void> {
  let pause = shortestPause;
  for (let first = true; !signal.aborted; first = false) {
    let reason: string | undefined;
    const openedAt = performance.now();
    try {
      const terminal = openTerminal(path);
      try {
        reason = await device.serve(terminal);
      } finally {
        await terminal.close();
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (first && code !== undefined && absent.has(code)) {
        device.report('info', `${path} is not served: ${message}`);
        return;
      }
      reason = message;
    }
    if (signal.aborted) return;
    if (performance.now() - openedAt > soundAfter) pause = shortestPause;
    device.report('warning', `${path}: ${reason ?? 'closed'}; opening it again in ${pause / 1000} s`);
    await delay(pause, undefined, { signal }).catch(() => {});
    pause = Math.min(pause * 2, longestPause);
  }
}
