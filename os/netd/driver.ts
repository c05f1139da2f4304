import { performance } from 'node:perf_hooks';
import { SteppedClock } from '../net/environment/clock.ts';
import type { FrameInfo, Link } from '../net/link/link.ts';

/** Milliseconds between reports of a defect: a frame that trips the stack may come again and again. */
const reportPause = 10_000;

/**
 * Moves a stack's clock with the monotonic one, and sends at the end of each turn what it has committed. Everything that
 * enters the stack from outside (a frame, a call, the passing of time) does so through here.
 */
export class Driver {
  readonly clock: SteppedClock;
  readonly #now: () => number;
  readonly #onDefect: (error: Error) => void;
  readonly #links = new Set<Link>();
  #inside = false;
  #turnScheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #reported = Number.NEGATIVE_INFINITY;

  /** `onDefect` is told, now and then, of an error that the stack threw; it goes on with the next frame. */
  constructor(onDefect: (error: Error) => void, now: () => number = () => performance.now()) {
    this.#onDefect = onDefect;
    this.#now = now;
    this.clock = new SteppedClock(now());
  }

  /** Does something with the stack, at the present time. */
  turn<T>(work: () => T): T {
    const outermost = this.#enter();
    try {
      return work();
    } finally {
      if (outermost) this.#inside = false;
    }
  }

  /** Takes a link into the turns, once the stack has set its listeners. */
  attach(link: Link): void {
    this.#links.add(link);
    const { onFrame, onBatchEnd, onWritable, onChange } = link;
    // Written out: it is done for every frame.
    link.onFrame = (bytes: Uint8Array, start: number, end: number, info: FrameInfo) => {
      const outermost = this.#enter();
      try {
        onFrame(bytes, start, end, info);
      } catch (error) {
        this.#report(error as Error);
      } finally {
        if (outermost) this.#inside = false;
      }
    };
    link.onBatchEnd = () => this.guarded(onBatchEnd);
    link.onWritable = () => this.guarded(onWritable);
    link.onChange = () => this.guarded(onChange);
  }

  detach(link: Link): void {
    this.#links.delete(link);
  }

  /** A turn that is nobody's: an error is reported and goes no further. */
  guarded(work: () => void): void {
    try {
      this.turn(work);
    } catch (error) {
      this.#report(error as Error);
    }
  }

  /** Sends what was committed. */
  flush(): void {
    for (const link of this.#links) link.flush();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** @returns whether this is not within another turn */
  #enter(): boolean {
    if (!this.#turnScheduled) {
      this.#turnScheduled = true;
      setImmediate(() => this.#endTurn());
    }
    if (this.#inside) return false;
    this.#inside = true;
    try {
      this.clock.advance(this.#now());
    } catch (error) {
      this.#report(error as Error);
    }
    return true;
  }

  #endTurn(): void {
    this.#turnScheduled = false;
    this.flush();
    const { next } = this.clock;
    // A timer that comes too early finds nothing to do and is set anew: cheaper than moving it with every segment.
    if (next >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = next;
    this.#timer = setTimeout(() => this.#expire(), Math.min(Math.max(1, Math.ceil(next - this.#now())), 2 ** 31 - 1));
  }

  #expire(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.guarded(() => {});
  }

  #report(error: Error): void {
    const now = this.#now();
    if (now - this.#reported < reportPause) return;
    this.#reported = now;
    this.#onDefect(error);
  }
}
