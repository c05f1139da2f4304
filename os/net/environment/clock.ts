/**
 * Time for the protocol cores. Nothing in `os/net` reads a clock or sets a timer of the process: what it is given moves
 * only when its owner says so. The daemon advances it with the monotonic clock, the simulator from event to event.
 */

/** An alarm that can be set again and again. It is either set, with a deadline, or not. */
export interface Timer {
  /** When it expires, on the clock's scale; Infinity while it is not set. */
  readonly deadline: number;
  /** Sets it, or moves it. A deadline in the past expires at the next advance. */
  setAt(deadline: number): void;
  /** Sets it to expire this many milliseconds from now. */
  setIn(milliseconds: number): void;
  clear(): void;
}

export interface Clock {
  /** Milliseconds since some fixed moment, with fractions; never runs backwards. */
  readonly now: number;
  /** A new timer, not set. `onExpiry` may set it again. */
  timer(onExpiry: () => void): Timer;
}

/** A place in the queue. Its time is at most its timer's deadline: moving a timer later costs nothing. */
interface Entry {
  at: number;
  /** Breaks ties in the order of setting, so that a run can be repeated. */
  readonly order: number;
  readonly timer: QueuedTimer;
}

class QueuedTimer implements Timer {
  deadline = Number.POSITIVE_INFINITY;
  entry: Entry | undefined;
  readonly #clock: SteppedClock;
  readonly onExpiry: () => void;

  constructor(clock: SteppedClock, onExpiry: () => void) {
    this.#clock = clock;
    this.onExpiry = onExpiry;
  }

  setAt(deadline: number): void {
    this.deadline = deadline;
    if (this.entry === undefined || this.entry.at > deadline) this.#clock.enqueue(this);
  }

  setIn(milliseconds: number): void {
    this.setAt(this.#clock.now + milliseconds);
  }

  clear(): void {
    // Its entry stays, and is passed over when its time comes.
    this.deadline = Number.POSITIVE_INFINITY;
  }
}

/** Stale entries that are not worth being looked for. */
const mostStale = 64;

/** A clock that its owner moves. */
export class SteppedClock implements Clock {
  #now: number;
  #order = 0;
  /** Entries that are no longer their timers'. */
  #stale = 0;
  /** A binary heap by time and order. */
  readonly #heap: Entry[] = [];

  constructor(start = 0) {
    this.#now = start;
  }

  get now(): number {
    return this.#now;
  }

  timer(onExpiry: () => void): Timer {
    return new QueuedTimer(this, onExpiry);
  }

  /** Places in the queue, those included whose timers were moved. */
  get size(): number {
    return this.#heap.length;
  }

  /** When the owner should advance it next, at the earliest; Infinity when no timer is set. May be too early, never too late. */
  get next(): number {
    this.#dropStale();
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Moves to `time`, and lets every timer expire on the way, each with the clock at its own deadline. */
  advance(time: number): void {
    for (;;) {
      this.#dropStale();
      const entry = this.#heap[0];
      if (entry === undefined || entry.at > time) break;
      this.#pop();
      const { timer } = entry;
      if (timer.entry === entry) timer.entry = undefined;
      this.#now = Math.max(this.#now, timer.deadline);
      timer.deadline = Number.POSITIVE_INFINITY;
      timer.onExpiry();
    }
    this.#now = Math.max(this.#now, time);
  }

  /** For timers: gives this one an entry at its deadline. An older entry of it becomes stale. */
  enqueue(timer: QueuedTimer): void {
    if (timer.entry !== undefined) {
      timer.entry = undefined;
      this.#stale += 1;
      if (this.#stale > mostStale && this.#stale > this.#heap.length / 2) this.#sweep();
    }
    const entry: Entry = { at: timer.deadline, order: this.#order++, timer };
    timer.entry = entry;
    this.#push(entry);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent] as Entry)) break;
      heap[index] = heap[parent] as Entry;
      index = parent;
    }
    heap[index] = entry;
  }

  /** Until the first entry is one whose timer expires then. */
  #dropStale(): void {
    for (;;) {
      const entry = this.#heap[0];
      if (entry === undefined) return;
      const { timer } = entry;
      const current = timer.entry === entry;
      if (current && timer.deadline === entry.at) return;
      this.#pop();
      if (!current) {
        this.#stale -= 1;
        continue;
      }
      timer.entry = undefined;
      if (timer.deadline !== Number.POSITIVE_INFINITY) this.enqueue(timer);
    }
  }

  /** A timer that is set far away and near by turns leaves an entry each time, which would lie there until its time. */
  #sweep(): void {
    const kept = this.#heap.filter((entry) => entry.timer.entry === entry);
    this.#heap.length = 0;
    this.#stale = 0;
    for (const entry of kept) this.#push(entry);
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!before(heap[child] as Entry, last)) break;
      heap[index] = heap[child] as Entry;
      index = child;
    }
    heap[index] = last;
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
