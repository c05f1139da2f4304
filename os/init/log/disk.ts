import { close, ftruncateSync, mkdirSync, open, renameSync, statSync, unlinkSync, write } from 'node:fs';
import { promisify } from 'node:util';
import type { LogRecord } from '../../control/protocol.ts';
import { Ring } from '../../lib/ring.ts';
import type { LogSettings } from '../../settings/settings.ts';
import type { Sink } from './journal.ts';

const logFolder = '/data/log';
const file = 'system.jsonl';

/** Milliseconds. */
interface Pace {
  /** How long records are gathered into one write. */
  readonly gather: number;
  /** When writing is tried again after it failed. */
  readonly retry: number;
}
const usualPace: Pace = { gather: 200, retry: 10_000 };

const openFile = promisify(open);
const closeFile = promisify(close);
const writeFile = promisify(write) as (fd: number, data: Buffer) => Promise<{ bytesWritten: number }>;

/**
 * The log on disk: one JSON record a line in `system.jsonl`; full files become `system.1.jsonl` (the newest) and so
 * on. A disk that cannot be written costs one warning, is tried again now and then, and loses the oldest records that
 * wait meanwhile.
 */
export class DiskSink implements Sink {
  readonly #folder: string;
  readonly #pace: Pace;
  readonly #settings: Pick<LogSettings, 'diskBytes' | 'diskFiles'>;
  readonly #warn: (message: string) => void;
  readonly #waiting = new Ring<string>(4000, 1024 * 1024, (line) => line.length);
  #fd: number | undefined;
  #size = 0;
  #lost = 0;
  #broken = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(
    settings: Pick<LogSettings, 'diskBytes' | 'diskFiles'>,
    warn: (message: string) => void,
    folder = logFolder,
    pace = usualPace,
  ) {
    this.#pace = pace;
    this.#settings = settings;
    this.#warn = warn;
    this.#folder = folder;
  }

  accept(record: LogRecord): void {
    if (this.#closed) return;
    this.#lost += this.#waiting.push(`${JSON.stringify(record)}\n`);
    this.#schedule(this.#pace.gather);
  }

  /** Writes what waits, as far as the disk takes it, and closes the file. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#work;
    await this.#flush();
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await closeFile(fd).catch(() => {});
  }

  #schedule(delay: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#work = this.#flush().finally(() => {
        this.#timer = undefined;
        if (this.#waiting.length > 0 && !this.#closed)
          this.#schedule(this.#broken ? this.#pace.retry : this.#pace.gather);
      });
    }, delay);
    this.#timer.unref();
  }

  async #flush(): Promise<void> {
    const lines = this.#waiting.drain();
    let written = 0;
    try {
      for (const batch of this.#batches(lines)) {
        await this.#append(Buffer.from(batch.join('')));
        written += batch.length;
      }
      if (this.#broken) {
        this.#broken = false;
        this.#warn(`the log is written to disk again; ${this.#lost} records were lost`);
        this.#lost = 0;
      }
    } catch (error) {
      // What was not written waits, in front of what came meanwhile.
      for (const line of [...lines.slice(written), ...this.#waiting.drain()]) this.#lost += this.#waiting.push(line);
      if (!this.#broken) this.#warn(`the log is no longer written to disk: ${(error as Error).message}`);
      this.#broken = true;
      this.#abandon();
    }
  }

  /** Cuts the lines into pieces that fit between two rotations. */
  *#batches(lines: readonly string[]): Generator<string[]> {
    let batch: string[] = [];
    let size = 0;
    for (const line of lines) {
      if (size > 0 && size + line.length > this.#settings.diskBytes / 4) {
        yield batch;
        batch = [];
        size = 0;
      }
      batch.push(line);
      size += line.length;
    }
    if (batch.length > 0) yield batch;
  }

  async #append(data: Buffer): Promise<void> {
    if (this.#fd !== undefined && this.#size + data.length > this.#settings.diskBytes) {
      const full = this.#fd;
      this.#fd = undefined;
      await closeFile(full);
      this.#rotate();
    }
    this.#fd ??= await this.#open();
    const before = this.#size;
    try {
      await this.#write(this.#fd, data);
    } catch (error) {
      // No half records: what is not whole is written again later.
      try {
        ftruncateSync(this.#fd, before);
      } catch {}
      throw error;
    }
  }

  async #write(fd: number, data: Buffer): Promise<void> {
    for (let rest = data; rest.length > 0; ) {
      const { bytesWritten } = await writeFile(fd, rest);
      this.#size += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
  }

  async #open(): Promise<number> {
    mkdirSync(this.#folder, { recursive: true });
    const path = `${this.#folder}/${file}`;
    this.#size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (this.#size >= this.#settings.diskBytes) {
      this.#rotate();
      this.#size = 0;
    }
    return openFile(path, 'a', 0o644);
  }

  #rotate(): void {
    const name = (index: number) => `${this.#folder}/${index === 0 ? file : `system.${index}.jsonl`}`;
    const last = this.#settings.diskFiles - 1;
    if (last === 0) {
      unlinkSync(name(0));
      return;
    }
    for (let index = last - 1; index >= 0; index--) {
      if (statSync(name(index), { throwIfNoEntry: false }) !== undefined) renameSync(name(index), name(index + 1));
    }
  }

  #abandon(): void {
    if (this.#fd !== undefined) close(this.#fd, () => {});
    this.#fd = undefined;
  }
}
