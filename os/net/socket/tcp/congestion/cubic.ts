/** The congestion window: CUBIC (RFC 9438), slow start (RFC 5681, 9406), the initial window (RFC 6928). Bytes, milliseconds. */
import { HyStart } from './hystart.ts';

/** RFC 9438, section 4.1 and 4.6: the constant C, in segments per second cubed, and the multiplicative decrease. */
const scale = 0.4;
const beta = 0.7;
/** Section 4.3: with this a flow in the Reno-friendly region takes as much as Reno does. */
const renoAlpha = (3 * (1 - beta)) / (1 + beta);

/** RFC 6928, section 2. */
export const initialWindow = (segment: number): number => Math.min(10 * segment, Math.max(2 * segment, 14_600));

/** What a decrease changed, to be put back when it turns out to have been unfounded. */
export interface Decrease {
  readonly window: number;
  readonly threshold: number;
  readonly maximum: number;
}

/** One acknowledgement, as far as the window is concerned. */
export interface Growth {
  readonly bytes: number;
  readonly acknowledged: number;
  readonly next: number;
  readonly now: number;
  readonly smoothed: number;
  readonly roundTrip: number | undefined;
}

export class Cubic {
  window: number;
  threshold = Number.POSITIVE_INFINITY;
  readonly #segment: number;
  #hystart: HyStart | undefined;
  /** The window before the last decrease; with fast convergence less. Segments. W_max. */
  #maximum = 0;
  /** When the present congestion avoidance began; −1: it has not. */
  #epoch = -1;
  /** Seconds until the cubic is back at the maximum. K. */
  #rise = 0;
  /** The window of a Reno flow, segments; and the window where it grows at Reno's own pace. W_est, cwnd_prior. */
  #reno = 0;
  #prior = 0;

  constructor(segment: number, window = initialWindow(segment)) {
    this.#segment = segment;
    this.window = window;
  }

  get slowStart(): boolean {
    return this.window < this.threshold;
  }

  /** The window has been in use, and this arrived. */
  grow(growth: Growth): void {
    let { bytes } = growth;
    if (this.slowStart) bytes = this.#growSlowly(growth);
    if (bytes > 0) this.#avoid(bytes, growth.now, growth.smoothed);
  }

  /** Section 4.6 and 4.7: something was lost. */
  decrease(): Decrease {
    const before: Decrease = { window: this.window, threshold: this.threshold, maximum: this.#maximum };
    const segments = this.window / this.#segment;
    this.#prior = segments;
    // Fast convergence: the maximum falls, so others get room.
    this.#maximum = segments < this.#maximum ? (segments * (1 + beta)) / 2 : segments;
    this.threshold = Math.max(this.window * beta, 2 * this.#segment);
    this.#epoch = -1;
    this.#hystart = undefined;
    return before;
  }

  /** Section 4.9. */
  restore(before: Decrease): void {
    this.window = Math.max(this.window, before.window);
    this.threshold = before.threshold;
    this.#maximum = before.maximum;
    this.#epoch = -1;
  }

  /** RFC 5681, section 4.1: after a pause, the window says nothing about the path any more. */
  restart(): void {
    this.window = Math.min(this.window, initialWindow(this.#segment));
    this.#epoch = -1;
  }

  /** @returns the bytes that are left for congestion avoidance */
  #growSlowly({ bytes, acknowledged, next, roundTrip }: Growth): number {
    // After a loss the threshold is known, and there is nothing to be found out.
    if (this.threshold === Number.POSITIVE_INFINITY) {
      this.#hystart ??= new HyStart();
      if (this.#hystart.acknowledged(acknowledged, next, roundTrip)) {
        this.threshold = this.window;
        return bytes;
      }
    }
    // RFC 3465 with no limit but the acknowledged bytes: receivers that merge segments acknowledge many at once.
    const divisor = this.#hystart?.divisor ?? 1;
    const room = (this.threshold - this.window) * divisor;
    const used = Math.min(bytes, room);
    this.window += used / divisor;
    return bytes - used;
  }

  #avoid(bytes: number, now: number, smoothed: number): void {
    const segments = this.window / this.#segment;
    const arrived = bytes / this.#segment;
    if (this.#epoch < 0) this.#beginEpoch(segments, now);
    // Section 4.2: where the cubic will be a round trip from now, but at most half as much again.
    const time = (now - this.#epoch + smoothed) / 1000 - this.#rise;
    const target = Math.min(1.5 * segments, Math.max(segments, scale * time ** 3 + this.#maximum));
    let grown = segments + (arrived * (target - segments)) / segments;
    // Section 4.3.
    this.#reno += ((this.#reno >= this.#prior ? 1 : renoAlpha) * arrived) / segments;
    if (this.#reno > grown) grown = this.#reno;
    this.window = Math.min(grown, 1.5 * segments) * this.#segment;
  }

  #beginEpoch(segments: number, now: number): void {
    this.#epoch = now;
    this.#reno = segments;
    // Section 4.8: from slow start, without a loss, the cubic begins at its plateau.
    if (this.#maximum <= segments) {
      this.#maximum = segments;
      this.#rise = 0;
    } else this.#rise = Math.cbrt((this.#maximum - segments) / scale);
  }
}
