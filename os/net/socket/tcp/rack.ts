/** Loss by time, not by count: RACK, RFC 8985, section 6. Milliseconds. */
import { type Delivery, type Flight, type Sent, sent } from './flight.ts';

/** Section 6.2, step 4: with so many segments arrived behind a hole, and never any reordering, the hole is a loss. */
const duplicateThreshold = 3;
/** Recoveries for which a widened window of reordering is kept. */
const widenedFor = 16;

export class Rack {
  /** The most recently sent of all that arrived. */
  #order = -1;
  #roundTrip = 0;
  least = Number.POSITIVE_INFINITY;
  #reordering = false;
  /** The window of reordering, in quarters of the least round trip. */
  #quarters = 1;
  #keep = 0;
  #widenedAt = -1;

  /** Steps 1 to 3: takes note of what an acknowledgement brought. `echoTooOld`: it answers to an earlier transmission. */
  note(delivery: Delivery, now: number, echoTooOld: boolean): void {
    if (delivery.cleanSentAt >= 0) this.least = Math.min(this.least, now - delivery.cleanSentAt);
    if (delivery.reorderedEnd >= 0) this.#reordering = true;
    if (delivery.latestOrder < 0) return;
    const time = now - delivery.latestAt;
    // So soon after a retransmission the answer is to the original.
    if (delivery.latestRetransmitted && (echoTooOld || time < this.least)) return;
    if (delivery.latestOrder <= this.#order) return;
    this.#order = delivery.latestOrder;
    this.#roundTrip = time;
  }

  /** Step 4: the peer had something already when it came again; at most once in a round trip. */
  widen(acknowledged: number, next: number): void {
    if (acknowledged < this.#widenedAt) return;
    this.#widenedAt = next;
    this.#quarters = Math.min(16, this.#quarters + 1);
    this.#keep = widenedFor;
  }

  recoveryEnded(): void {
    if (this.#keep > 0 && --this.#keep === 0) this.#quarters = 1;
  }

  /**
   * Step 5: marks what is lost.
   * @returns milliseconds after which to look again; 0: nothing is in doubt
   */
  detect(flight: Flight, now: number, segment: number, recovering: boolean, smoothed: number): number {
    const window = this.#window(flight, segment, recovering, smoothed);
    let wait = 0;
    const order = this.#order;
    const patience = this.#roundTrip + window;
    flight.markLost((record: Sent) => {
      if (record.order > order) return false;
      const rest = record.at + patience - now;
      if (rest <= 0.001) return true;
      wait = Math.max(wait, rest);
      return false;
    });
    return wait;
  }

  /** Section 6.3: at a time-out, marks the first one and those that are older than a round trip. */
  markAtTimeout(flight: Flight, now: number, segment: number, smoothed: number): void {
    const patience = this.#roundTrip + this.#window(flight, segment, false, smoothed);
    const first = flight.first;
    flight.markLost((record) => record === first || record.at + patience <= now);
    // A peer that threw away what it had acknowledged selectively.
    if (first?.state === sent.sacked) flight.forgetSelective();
  }

  #window(flight: Flight, segment: number, recovering: boolean, smoothed: number): number {
    if (!this.#reordering && (recovering || flight.sackedBytes > (duplicateThreshold - 1) * segment)) return 0;
    if (this.least === Number.POSITIVE_INFINITY) return 0;
    return Math.min((this.#quarters * this.least) / 4, smoothed);
  }
}
