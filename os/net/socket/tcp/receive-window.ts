/**
 * How much the peer may send: the window, its scale (RFC 7323, section 2), the avoidance of silly windows (RFC 9293,
 * section 3.8.6.2.2), and a buffer that grows with what is read in a round trip, so that idle connections promise little.
 */

/** The buffer at first, bytes. */
const initialSpace = 131_072;
/** Until a round trip is known: longer means that the buffer grows sooner. Milliseconds. */
const assumedRoundTrip = 100;

/** The smallest scale with which the whole buffer can be offered. RFC 7323, section 2.3: at most 14. */
export function scaleFor(buffer: number): number {
  let scale = 0;
  while (scale < 14 && 65_535 * 2 ** scale < buffer) scale++;
  return scale;
}

export class ReceiveWindow {
  limit: number;
  /** The present size of the buffer; grows up to the limit. */
  space: number;
  /** The right edge that was offered: a position. It never moves back. */
  edge = 0;
  scale = 0;
  /** A round trip as the receiver sees it; 0: unknown. */
  #roundTrip = 0;
  #measuredFrom = 0;
  #read = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.space = Math.min(initialSpace, limit);
  }

  /** The field of a SYN: never scaled. */
  offerInSyn(next: number): number {
    const window = Math.min(65_535, this.space);
    this.edge = Math.max(this.edge, next + window);
    return window;
  }

  /** The field of a segment that acknowledges up to `next` while `queued` bytes wait to be read. Moves the edge. */
  offer(next: number, queued: number, segment: number): number {
    const unit = 2 ** this.scale;
    const room = Math.min(this.space - queued, 65_535 * unit);
    const remaining = Math.max(0, this.edge - next);
    // A window opens by a segment at least, or by half of the buffer; until then the edge stays where it is.
    const window = room >= remaining + Math.min(segment, this.space / 2) ? room : remaining;
    // Rounded down, which RFC 7323, section 2.4, allows: rounding up would move the edge a little with every segment, and
    // so without end. What was offered before is taken all the same.
    const field = Math.min(65_535, Math.floor(window / unit));
    this.edge = Math.max(this.edge, next + field * unit);
    return field;
  }

  /** Whether the peer should be told at once that there is room again: when it is at least twice what the peer knows of. */
  worthTelling(next: number, queued: number, segment: number): boolean {
    const remaining = Math.max(0, this.edge - next);
    const room = Math.min(this.space - queued, 65_535 * 2 ** this.scale);
    return room >= 2 * remaining && room - remaining >= Math.min(segment, this.space / 2);
  }

  /** A peer echoed a timestamp with new data, or the sender measured: a round trip takes at most this long. */
  measured(roundTrip: number): void {
    const time = Math.max(1, roundTrip);
    this.#roundTrip = this.#roundTrip === 0 || time < this.#roundTrip ? time : this.#roundTrip * 0.875 + time * 0.125;
  }

  /** The user has read: once in a round trip the buffer becomes twice as large as what was read in it. */
  consumed(bytes: number, now: number): void {
    this.#read += bytes;
    if (this.space >= this.limit) return;
    const elapsed = now - this.#measuredFrom;
    if (elapsed < (this.#roundTrip === 0 ? assumedRoundTrip : this.#roundTrip)) {
      // So much in less than a round trip: nothing is gained by waiting for its end.
      if (this.#read < this.space) return;
    }
    this.space = Math.min(this.limit, Math.max(this.space, 2 * this.#read));
    this.#measuredFrom = now;
    this.#read = 0;
  }
}
