/** Data that came before its turn: runs without holes, in order. RFC 9293, section 3.10.7.4; RFC 2018 for what it tells. */
import type { ReceiveQueue } from './receive-queue.ts';

interface Run {
  start: number;
  end: number;
  readonly chunks: Uint8Array[];
  /** The higher, the later something was added to it. */
  touched: number;
}

/** The overhead of a chunk must stay in proportion to what it may bring: so many bytes of buffer are reckoned for each. */
const bytesForChunk = 512;
const chunksAlways = 64;

export class Reassembly {
  readonly #runs: Run[] = [];
  #touches = 0;
  #chunks = 0;

  get empty(): boolean {
    return this.#runs.length === 0;
  }

  /** How many runs there are. */
  get count(): number {
    return this.#runs.length;
  }

  /**
   * Keeps a copy of what is new in the bytes at `offset`, whose positions are `start` to `end`.
   * @returns `duplicate` when all of it was there already, `refused` when there are too many small pieces for a buffer of
   * `space` bytes
   */
  insert(
    start: number,
    end: number,
    bytes: Uint8Array,
    offset: number,
    space: number,
  ): 'kept' | 'duplicate' | 'refused' {
    if (this.#chunks > chunksAlways + space / bytesForChunk) return 'refused';
    const first = this.#firstEndingFrom(start);
    const head = this.#runs[first];
    const append = head !== undefined && head.start <= start;
    const run: Run = append ? head : { start, end: start, chunks: [], touched: 0 };
    const before = this.#chunks;
    const copy = (from: number, to: number): void => {
      if (from >= to) return;
      run.chunks.push(bytes.slice(offset + from - start, offset + to - start));
      this.#chunks++;
    };
    let at = append ? head.end : start;
    let next = append ? first + 1 : first;
    for (;;) {
      const other = this.#runs[next];
      if (other === undefined || other.start > Math.max(end, at)) break;
      copy(at, other.start);
      for (const chunk of other.chunks) run.chunks.push(chunk);
      at = other.end;
      next++;
    }
    copy(at, end);
    run.end = Math.max(at, end);
    run.touched = ++this.#touches;
    if (append) this.#runs.splice(first + 1, next - first - 1);
    else this.#runs.splice(first, next - first, run);
    return this.#chunks > before ? 'kept' : 'duplicate';
  }

  /**
   * Moves what follows on `position` into the queue.
   * @returns the position up to which there are no holes now
   */
  release(position: number, into: ReceiveQueue): number {
    let reached = position;
    let gone = 0;
    for (const run of this.#runs) {
      if (run.start > reached) break;
      gone++;
      let at = run.start;
      for (const chunk of run.chunks) {
        const end = at + chunk.length;
        if (end > reached) {
          into.adopt(at < reached ? chunk.subarray(reached - at) : chunk);
          reached = end;
        }
        at = end;
      }
      this.#chunks -= run.chunks.length;
    }
    this.#runs.splice(0, gone);
    return reached;
  }

  /** The edges of up to `max` runs, the one that grew last first (RFC 2018, section 4), by `report`. */
  report(max: number, report: (start: number, end: number) => void): void {
    let below = Number.POSITIVE_INFINITY;
    for (let count = 0; count < max; count++) {
      let latest: Run | undefined;
      for (const run of this.#runs) {
        if (run.touched < below && (latest === undefined || run.touched > latest.touched)) latest = run;
      }
      if (latest === undefined) return;
      report(latest.start, latest.end);
      below = latest.touched;
    }
  }

  #firstEndingFrom(position: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#runs[middle] as Run).end < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
