import { constants, openSync, readFileSync, writeSync } from 'node:fs';
import type { LogRecord, Severity } from '../../control/protocol.ts';
import { Ring } from '../../lib/ring.ts';
import { atLeast, type Sink } from './journal.ts';

/** `[    1.234567] panos init: warning: message`, the kernel's own way to write a time stamp. */
export function serialLine(record: LogRecord): string {
  const stamp = record.uptime.toFixed(6).padStart(12);
  const mark = record.severity === 'error' || record.severity === 'warning' ? `${record.severity}: ` : '';
  // Control characters of a service must not reach the terminal of the person who reads.
  const message = record.message.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
  return `[${stamp}] panos ${record.unit}: ${mark}${message}\n`;
}

/** One terminal, written without ever waiting for it: a stopped terminal (flow control) loses its oldest lines. */
class Terminal {
  readonly #fd: number;
  readonly #queue = new Ring<string>(500, 64 * 1024, (line) => line.length);
  #rest: Uint8Array = new Uint8Array();
  #retry: NodeJS.Timeout | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(line: string): void {
    this.#queue.push(line);
    if (this.#retry === undefined) this.#flush();
  }

  /** Everything was handed to the kernel. */
  get empty(): boolean {
    return this.#queue.length === 0 && this.#rest.length === 0;
  }

  #flush(): void {
    this.#retry = undefined;
    try {
      for (;;) {
        if (this.#rest.length === 0) {
          if (this.#queue.length === 0) return;
          this.#rest = Buffer.from(this.#queue.drain().join(''));
        }
        this.#rest = this.#rest.subarray(writeSync(this.#fd, this.#rest));
      }
    } catch (error) {
      // EAGAIN: its buffer is full. Anything else (EIO: hung up) may pass as well; what waits is bounded.
      const wait = (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 10 : 1000;
      this.#retry = setTimeout(() => this.#flush(), wait);
      this.#retry.unref();
    }
  }
}

/** The consoles the kernel itself writes to, as device names, the last being /dev/console's. */
function consoles(): readonly string[] {
  try {
    return readFileSync('/sys/class/tty/console/active', 'utf8').trim().split(' ');
  } catch {
    return ['console'];
  }
}

/** Log lines on the serial line and on the screen. */
export class SerialSink implements Sink {
  readonly #terminals: Terminal[] = [];
  /** Records less severe than this stay away. Everything from info on until all services are up. */
  threshold: Severity = 'info';

  /** Opens every console that opens; having none is no reason not to boot. */
  constructor(names: readonly string[] = consoles()) {
    for (const name of names) {
      try {
        const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
        this.#terminals.push(new Terminal(openSync(`/dev/${name}`, flags)));
      } catch {}
    }
  }

  accept(record: LogRecord): void {
    // The kernel writes its own records to its consoles.
    if (record.unit === 'kernel' || !atLeast(record.severity, this.threshold)) return;
    const line = serialLine(record);
    for (const terminal of this.#terminals) terminal.write(line);
  }

  /** Resolves when the terminals have taken every line, and a little later, so that a slow line has sent them. */
  async drained(): Promise<void> {
    const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    while (!this.#terminals.every((terminal) => terminal.empty)) await pause(5);
    await pause(20);
  }
}
