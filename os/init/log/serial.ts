import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import type { LogRecord, Severity } from '../../control/protocol.ts';
import { Ring } from '../../lib/ring.ts';
import { atLeast, type Sink } from './journal.ts';
import { logLine } from './line.ts';

/** One terminal, written without ever waiting for it: a stopped terminal (flow control) loses its oldest lines. */
class Terminal {
  readonly #path: string;
  #fd: number;
  readonly #queue = new Ring<string>(500, 64 * 1024, (line) => line.length);
  #rest: Uint8Array = new Uint8Array();
  #retry: NodeJS.Timeout | undefined;

  /** @throws the file system's error if there is no such terminal. */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openTerminal(path);
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
        this.#rest = this.#rest.subarray(this.#writeOnce());
      }
    } catch (error) {
      // EAGAIN: its buffer is full. Anything else may pass as well; what waits is bounded.
      const wait = (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 10 : 1000;
      this.#retry = setTimeout(() => this.#flush(), wait);
      this.#retry.unref();
    }
  }

  /** EIO: the session that had this terminal ended, which hangs it up for everybody; a new descriptor works again. */
  #writeOnce(): number {
    try {
      return writeSync(this.#fd, this.#rest);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error;
      const fresh = openTerminal(this.#path);
      closeSync(this.#fd);
      this.#fd = fresh;
      return writeSync(this.#fd, this.#rest);
    }
  }
}

const openTerminal = (path: string): number =>
  openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);

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
  /** Since when (seconds since boot) the kernel leaves its consoles to PID 1; until then it wrote its records itself. */
  kernelQuietSince = Number.POSITIVE_INFINITY;

  /** Opens every console that opens; having none is no reason not to boot. */
  constructor(names: readonly string[] = consoles()) {
    for (const name of names) {
      try {
        this.#terminals.push(new Terminal(`/dev/${name}`));
      } catch {}
    }
  }

  accept(record: LogRecord): void {
    if (record.unit === 'kernel' && record.uptime < this.kernelQuietSince) return;
    if (!atLeast(record.severity, this.threshold)) return;
    const line = logLine(record);
    for (const terminal of this.#terminals) terminal.write(line);
  }

  /** Resolves when the terminals have taken every line, and a little later, so that a slow line has sent them. */
  async drained(): Promise<void> {
    const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    while (!this.#terminals.every((terminal) => terminal.empty)) await pause(5);
    await pause(20);
  }
}
