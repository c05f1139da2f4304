/** HyStart++: leaving slow start before the queue overflows, because round trips grow longer. RFC 9406. Milliseconds. */

const leastThreshold = 4;
const greatestThreshold = 16;
const samplesNeeded = 8;
/** Conservative slow start lasts this many rounds, and grows at a quarter of the pace. */
const conservativeRounds = 5;
const conservativeDivisor = 4;

export class HyStart {
  /** A round ends when what was sent at its beginning is acknowledged: a position. */
  #roundEnd = 0;
  #leastBefore = Number.POSITIVE_INFINITY;
  #least = Number.POSITIVE_INFINITY;
  #samples = 0;
  #baseline = Number.POSITIVE_INFINITY;
  /** Rounds of conservative slow start; 0 outside of it. */
  #conservative = 0;

  /** What the growth of the window is to be divided by. */
  get divisor(): number {
    return this.#conservative > 0 ? conservativeDivisor : 1;
  }

  /**
   * An acknowledgement up to `acknowledged`, while data up to `next` is sent.
   * @returns true when slow start is over
   */
  acknowledged(acknowledged: number, next: number, roundTrip: number | undefined): boolean {
    let over = false;
    if (acknowledged >= this.#roundEnd) {
      over = this.#conservative > 0 && ++this.#conservative > conservativeRounds;
      this.#roundEnd = next;
      this.#leastBefore = this.#least;
      this.#least = Number.POSITIVE_INFINITY;
      this.#samples = 0;
    }
    if (roundTrip === undefined) return over;
    this.#least = Math.min(this.#least, roundTrip);
    this.#samples++;
    if (this.#samples < samplesNeeded || this.#leastBefore === Number.POSITIVE_INFINITY) return over;
    if (this.#conservative > 0) {
      // It was no queue after all.
      if (this.#least < this.#baseline) this.#conservative = 0;
      return over;
    }
    const threshold = Math.max(leastThreshold, Math.min(this.#leastBefore / 8, greatestThreshold));
    if (this.#least >= this.#leastBefore + threshold) {
      this.#baseline = this.#least;
      this.#conservative = 1;
    }
    return over;
  }
}
