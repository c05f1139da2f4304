import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomically } from '../lib/atomic-write.ts';
import type { HostMemory } from '../net/host/host.ts';

/** Bounds, so that nothing that is remembered can grow without end. */
const mostKeys = 256;
const longestKey = 100;
const longestValue = 16 * 1024;
const longestFile = 1024 * 1024;
/** Milliseconds in which changes gather before they are written. */
const writeDelay = 100;

/**
 * What the network remembers across restarts: leases, and the secret of stable addresses. In a JSON file in each of the
 * folders given; read from the first that has a sound one. Only root may read them. A folder that cannot be written is
 * no failure: then it is not remembered for so long.
 */
export class StoredMemory implements HostMemory {
  readonly #files: readonly string[];
  readonly #log: (severity: 'warning' | 'debug', message: string) => void;
  readonly #values: Map<string, unknown>;
  #timer: NodeJS.Timeout | undefined;
  #warned = false;

  constructor(folders: readonly string[], log: (severity: 'warning' | 'debug', message: string) => void) {
    this.#files = folders.map((folder) => `${folder}/memory.json`);
    this.#log = log;
    this.#values = this.#read();
  }

  recall(key: string): unknown {
    return this.#values.get(key);
  }

  /** `undefined` forgets. */
  remember(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    // The newest last: the oldest are forgotten first.
    this.#values.delete(key);
    if (text !== undefined && text.length <= longestValue && key.length <= longestKey) {
      this.#values.set(key, JSON.parse(text));
    }
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= mostKeys) break;
      this.#values.delete(oldest);
    }
    this.#timer ??= setTimeout(() => this.write(), writeDelay).unref();
  }

  /** Writes what has changed, now. */
  write(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = `${JSON.stringify(Object.fromEntries(this.#values), undefined, 2)}\n`;
    for (const file of this.#files) {
      try {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        writeFileAtomically(file, text);
      } catch (error) {
        if (!this.#warned) this.#log('warning', `${file} is not written: ${(error as Error).message}`);
        this.#warned = true;
      }
    }
  }

  #read(): Map<string, unknown> {
    for (const file of this.#files) {
      try {
        if (statSync(file).size > longestFile) throw new Error('it is too large');
        const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
        if (typeof content !== 'object' || content === null || Array.isArray(content))
          throw new Error('it is no object');
        return new Map(Object.entries(content).slice(0, mostKeys));
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#log('warning', `${file} is ignored: ${message}`);
      }
    }
    return new Map();
  }
}
