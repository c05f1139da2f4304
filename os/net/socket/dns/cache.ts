import type { Clock } from '../../environment/clock.ts';
import type { Answer } from './answer.ts';

const mostEntries = 1000;
/** An answer with more records is not worth its memory. */
const mostRecords = 64;

/** Answers by question, each as long as its TTL. When it is full, what was not used for longest goes. */
export class AnswerCache {
  readonly #clock: Clock;
  /** In the order of use. */
  readonly #entries = new Map<string, { readonly answer: Answer; readonly expires: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Answer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expires <= this.#clock.now) return undefined;
    this.#entries.set(key, entry);
    return entry.answer;
  }

  put(key: string, answer: Answer): void {
    if (answer.ttl <= 0 || (answer.kind === 'found' && answer.records.length > mostRecords)) return;
    this.#entries.delete(key);
    this.#entries.set(key, { answer, expires: this.#clock.now + answer.ttl * 1000 });
    if (this.#entries.size <= mostEntries) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  clear(): void {
    this.#entries.clear();
  }
}
