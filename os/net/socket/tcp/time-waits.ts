/** All that are in TIME-WAIT: of bounded number, with one timer, because all wait equally long. */
import type { Clock, Timer } from '../../environment/clock.ts';
import type { TimeWait } from './time-wait.ts';

/** More than this, and the oldest goes early, as Linux's `tcp_max_tw_buckets` has it. */
const most = 16_384;

export class TimeWaits {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #gone: (entry: TimeWait) => void;
  /** In the order in which they came. */
  readonly #entries = new Set<TimeWait>();

  /** `gone` is called for each that has waited long enough. */
  constructor(clock: Clock, gone: (entry: TimeWait) => void) {
    this.#clock = clock;
    this.#gone = gone;
    this.#timer = clock.timer(() => this.#expire());
  }

  add(entry: TimeWait): void {
    this.#entries.add(entry);
    if (this.#entries.size > most) {
      for (const oldest of this.#entries) {
        this.#entries.delete(oldest);
        this.#gone(oldest);
        break;
      }
    }
    if (this.#timer.deadline === Number.POSITIVE_INFINITY) this.#timer.setAt(entry.until);
  }

  delete(entry: TimeWait): void {
    this.#entries.delete(entry);
  }

  /** An entry that was made to wait anew holds back those behind it; then they wait a little longer, which does no harm. */
  #expire(): void {
    for (const entry of this.#entries) {
      if (entry.until > this.#clock.now) {
        this.#timer.setAt(entry.until);
        return;
      }
      this.#entries.delete(entry);
      this.#gone(entry);
    }
  }
}
