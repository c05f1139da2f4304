/** What the console needs of a terminal, and the real one over a tty device. */
import { closeSync, constants, openSync } from 'node:fs';
import { isatty, ReadStream, WriteStream } from 'node:tty';

interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Terminal {
  /** Cells; 80 by 25 where the device does not know, as serial lines do not. */
  size(): Size;
  /** Queues text. A line feed also returns to the row's start. */
  write(text: string): void;
  /** Resolves when so little is queued that more may be written; at once, if it is so. Also when the terminal closed. */
  ready(): Promise<void>;
  onData(listener: (chunk: Uint8Array) => void): void;
  /** Resolves when the terminal hung up, failed or was closed; with the reason if there was one. */
  readonly closed: Promise<string | undefined>;
  /** Writes out what is queued (for at most half a second), leaves raw mode and closes. */
  close(): Promise<void>;
}

const usual: Size = { columns: 80, rows: 25 };
// Little enough that Ctrl-C is felt at once on a slow line, and enough to keep a fast one busy.
const mostQueued = 4096;

/**
 * Opens a tty device in raw mode.
 * @throws Error with `code` ENOENT, ENXIO, EIO, … when there is none, ENOTTY when the device does not answer as a tty.
 */
export function openTerminal(path: string): Terminal {
  // Non-blocking, since a serial port without carrier would make open() wait; not as controlling terminal, so that
  // a hang-up ends a session and not the process.
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    if (!isatty(fd)) throw Object.assign(new Error(`${path} does not answer as a terminal`), { code: 'ENOTTY' });
    // Opened for reading and writing, this stream does both, and writing does not block (that of WriteStream does).
    const stream = new ReadStream(fd);
    stream.setRawMode(true);
    return new TtyTerminal(path, stream);
  } finally {
    // libuv opened the device anew for itself.
    closeSync(fd);
  }
}

class TtyTerminal implements Terminal {
  readonly closed: Promise<string | undefined>;
  readonly #path: string;
  readonly #stream: ReadStream;
  #pending = '';
  #queued = 0;
  #waiting: (() => void)[] = [];
  #over = false;

  constructor(path: string, stream: ReadStream) {
    this.#path = path;
    this.#stream = stream;
    this.closed = new Promise((resolve) => {
      let reason: string | undefined;
      stream.on('error', (error) => {
        reason = error.message;
      });
      stream.on('end', () => {
        reason ??= 'hung up';
        stream.destroy();
      });
      stream.on('close', () => {
        this.#over = true;
        this.#wake();
        resolve(reason);
      });
    });
  }

  size(): Size {
    // The screen's size changes when a graphics driver takes over, and nothing tells: so ask each time.
    let fd: number | undefined;
    try {
      fd = openSync(this.#path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
      const probe = new WriteStream(fd);
      const { columns, rows } = probe;
      probe.destroy();
      return columns > 0 && rows > 0 ? { columns, rows } : usual;
    } catch {
      return usual;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  write(text: string): void {
    if (this.#over || text === '') return;
    if (this.#pending === '') setImmediate(() => this.#flush());
    this.#pending += text;
  }

  async ready(): Promise<void> {
    while (!this.#over && this.#queued + this.#pending.length > mostQueued) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#stream.on('data', listener);
  }

  async close(): Promise<void> {
    this.#flush();
    const flushed = new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
    await Promise.race([flushed, this.closed, new Promise((resolve) => setTimeout(resolve, 500))]);
    if (!this.#over) this.#stream.setRawMode(false);
    this.#stream.destroy();
    await this.closed;
  }

  #flush(): void {
    const text = this.#pending;
    this.#pending = '';
    if (this.#over || text === '') return;
    this.#queued += text.length;
    this.#stream.write(text, () => {
      this.#queued -= text.length;
      this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
