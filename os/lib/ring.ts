/**
 * The newest entries of a series, bounded by number and by total weight: whatever is added, no more than `maxCount`
 * entries and no more than `maxWeight` of weight stay (one entry always stays, however heavy).
 */
export class Ring<T> {
  readonly #maxCount: number;
  readonly #maxWeight: number;
  readonly #weigh: (entry: T) => number;
  #entries: T[] = [];
  /** Index of the oldest entry: dropped ones are cut off in bulk, so that adding stays cheap. */
  #first = 0;
  #weight = 0;

  constructor(maxCount: number, maxWeight: number, weigh: (entry: T) => number) {
    this.#maxCount = maxCount;
    this.#maxWeight = maxWeight;
    this.#weigh = weigh;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** Adds the newest entry and drops as many of the oldest as the bounds demand. Returns how many were dropped. */
  push(entry: T): number {
    this.#entries.push(entry);
    this.#weight += this.#weigh(entry);
    let dropped = 0;
    while (this.length > 1 && (this.length > this.#maxCount || this.#weight > this.#maxWeight)) {
      this.#weight -= this.#weigh(this.#entries[this.#first++] as T);
      dropped++;
    }
    if (this.#first > this.#maxCount) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return dropped;
  }

  /** Takes everything out, oldest first. */
  drain(): T[] {
    const all = this.#entries.slice(this.#first);
    this.#entries = [];
    this.#first = 0;
    this.#weight = 0;
    return all;
  }

  /** The newest `limit` entries that `accept` lets through, oldest of them first. */
  newest(limit: number, accept: (entry: T) => boolean = () => true): T[] {
    const found: T[] = [];
    for (let index = this.#entries.length - 1; index >= this.#first && found.length < limit; index--) {
      const entry = this.#entries[index] as T;
      if (accept(entry)) found.push(entry);
    }
    return found.reverse();
  }
}
