/** Round-trip time and retransmission time-out: RFC 6298. Milliseconds. */

/** RFC 6298, section 2: until the first measurement. */
const initialTimeout = 1000;
/**
 * RFC 6298 wants a second; Linux has 200 ms since long ago, and so have its peers: it is longer than everybody's delayed
 * acknowledgement, and a lost last segment stops a connection for a fifth of the time.
 */
const leastTimeout = 200;
/** Section 2.5: at least 60 s. */
const greatestTimeout = 60_000;

export class RoundTrip {
  smoothed: number | undefined;
  #variation = 0;
  #timeout = initialTimeout;
  #backOff = 0;

  /** The time-out, with what was added by back-off. */
  get timeout(): number {
    return Math.min(greatestTimeout, this.#timeout * 2 ** this.#backOff);
  }

  get backOff(): number {
    return this.#backOff;
  }

  /** Section 5.5. */
  backOffFurther(): void {
    if (this.#backOff < 12) this.#backOff++;
  }

  /** The peer answered to something that was sent once. */
  endBackOff(): void {
    this.#backOff = 0;
  }

  /** Section 5.7: the SYN had to be repeated, so that there is no measurement of it. */
  distrust(): void {
    if (this.smoothed === undefined) this.#timeout = 3000;
  }

  /** Takes a measurement. Sections 2.2 and 2.3. */
  measured(time: number): void {
    if (this.smoothed === undefined) {
      this.smoothed = time;
      this.#variation = time / 2;
    } else {
      this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.smoothed - time);
      this.smoothed = 0.875 * this.smoothed + 0.125 * time;
    }
    // The floor is under the variation, not under the sum: a steady path does not make the time-out equal to its time.
    this.#timeout = Math.min(greatestTimeout, this.smoothed + Math.max(leastTimeout, 4 * this.#variation));
    this.#backOff = 0;
  }
}
