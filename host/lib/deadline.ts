import { setTimeout as delay } from 'node:timers/promises';

/** A wait ran out of time. The message names what was waited for and for how long. */
export class DeadlineError extends Error {
  constructor(what: string, seconds: number) {
    super(`${what} did not happen within ${seconds.toFixed(1)} s`);
    this.name = 'DeadlineError';
  }
}

/**
 * A moment by which something must have happened, threaded through everything that waits, together with the right to
 * be cancelled. There are no other timers in waits.
 */
export class Deadline {
  readonly #end: number;
  readonly #budget: number;
  readonly signal: AbortSignal;

  private constructor(milliseconds: number, signal: AbortSignal) {
    this.#budget = milliseconds;
    this.#end = performance.now() + milliseconds;
    this.signal = signal;
  }

  /** A deadline `seconds` from now, cancelled early when `parent` is. */
  static in(seconds: number, parent?: AbortSignal): Deadline {
    return new Deadline(seconds * 1000, parent ?? new AbortController().signal);
  }

  /** Milliseconds left, never negative. */
  get remaining(): number {
    return Math.max(0, this.#end - performance.now());
  }

  get expired(): boolean {
    return this.remaining === 0;
  }

  /** A part of this deadline: at most `seconds`, and never past this one's end. */
  within(seconds: number): Deadline {
    return new Deadline(Math.min(seconds * 1000, this.remaining), this.signal);
  }

  /** The same moment, but cancelled as well when `signal` is aborted. */
  until(signal: AbortSignal): Deadline {
    return new Deadline(this.remaining, AbortSignal.any([this.signal, signal]));
  }

  /**
   * Races `work` against this deadline.
   * @throws DeadlineError when time runs out; the signal's reason when cancelled.
   */
  async race<T>(work: Promise<T>, what: string): Promise<T> {
    this.signal.throwIfAborted();
    const timer = new AbortController();
    const signal = AbortSignal.any([timer.signal, this.signal]);
    const expiry = delay(this.remaining, undefined, { signal }).then(
      () => Promise.reject(new DeadlineError(what, this.#budget / 1000)),
      (error) => Promise.reject(this.signal.aborted ? this.signal.reason : error),
    );
    expiry.catch(() => {});
    try {
      return await Promise.race([work, expiry]);
    } finally {
      timer.abort();
    }
  }

  /**
   * Asks `probe` again and again until it answers something other than `undefined`. For states that announce nothing;
   * where an event exists, wait for the event.
   */
  async poll<T>(what: string, probe: () => Promise<T | undefined> | T | undefined, everyMs = 20): Promise<T> {
    for (;;) {
      const answer = await this.race(Promise.resolve(probe()), what);
      if (answer !== undefined) return answer;
      if (this.expired) throw new DeadlineError(what, this.#budget / 1000);
      await delay(Math.min(everyMs, this.remaining), undefined, { signal: this.signal });
    }
  }
}
