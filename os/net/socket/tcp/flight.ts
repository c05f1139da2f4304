/**
 * The scoreboard: what is sent and not acknowledged, one record for each segment (or for each train of segments that the
 * link cuts). RFC 6675, section 3; the state of a record is that of its latest transmission, as RFC 8985 wants it.
 */

export const sent = { out: 0, sacked: 1, lost: 2 } as const;

export interface Sent {
  /** Positions; `end` is behind the last. */
  start: number;
  end: number;
  /** When it was sent last, milliseconds. */
  at: number;
  /** Counts transmissions: the clock stands still while many are sent. */
  order: number;
  state: number;
  retransmitted: boolean;
}

/** What an acknowledgement brought, for those who decide about loss, rate and time. Filled anew for each one. */
export interface Delivery {
  /** Bytes that are known to have arrived since the acknowledgement before. */
  bytes: number;
  /** When the latest sent, of those that were sent once, was sent; −1: there was none. Karn's algorithm (RFC 6298, 3). */
  cleanSentAt: number;
  /** Of all that arrived, that which was sent last: when, and its order; −1: nothing arrived. RFC 8985, 6.2, step 2. */
  latestAt: number;
  latestOrder: number;
  latestRetransmitted: boolean;
  /** The end of something that arrived after later data had, although it was sent once; −1: nothing. Step 3. */
  reorderedEnd: number;
  /** Something that was sent again has been acknowledged. */
  retransmitted: boolean;
}

export const delivery: Delivery = {
  bytes: 0,
  cleanSentAt: -1,
  latestAt: -1,
  latestOrder: -1,
  latestRetransmitted: false,
  reorderedEnd: -1,
  retransmitted: false,
};

export function clearDelivery(): void {
  delivery.bytes = 0;
  delivery.cleanSentAt = -1;
  delivery.latestAt = -1;
  delivery.latestOrder = -1;
  delivery.latestRetransmitted = false;
  delivery.reorderedEnd = -1;
  delivery.retransmitted = false;
}

export class Flight {
  /** In order of position, without holes; those before `#head` are acknowledged. */
  #records: Sent[] = [];
  #head = 0;
  #order = 0;
  /** Bytes believed to be on the way. RFC 6675's pipe. */
  pipe = 0;
  lostBytes = 0;
  sackedBytes = 0;
  /** The end of the highest data that is known to have arrived. RFC 2018's forward-most. */
  forward = 0;

  get empty(): boolean {
    return this.#head === this.#records.length;
  }

  get count(): number {
    return this.#records.length - this.#head;
  }

  get first(): Sent | undefined {
    return this.#records[this.#head];
  }

  get last(): Sent | undefined {
    return this.empty ? undefined : this.#records[this.#records.length - 1];
  }

  add(start: number, end: number, at: number): void {
    this.#records.push({ start, end, at, order: this.#order++, state: sent.out, retransmitted: false });
    this.pipe += end - start;
  }

  /** Everything before `position` has arrived. */
  acknowledge(position: number): void {
    const records = this.#records;
    while (this.#head < records.length) {
      const record = records[this.#head] as Sent;
      if (record.start >= position) break;
      if (record.state !== sent.sacked) this.#delivered(record, Math.min(record.end, position) - record.start);
      if (record.end > position) {
        this.#count(record.state, record.start - position);
        record.start = position;
        break;
      }
      this.#count(record.state, record.start - record.end);
      this.#head++;
    }
    if (position > this.forward) this.forward = position;
    this.#compact();
  }

  /**
   * The bytes from `start` to `end` have arrived, out of order. A train is cut at multiples of `size`, which is where its
   * segments end; parts of a segment do not count, so that a peer cannot make records without bounds.
   */
  acknowledgeSelectively(start: number, end: number, size: number): void {
    let index = this.#search(start);
    for (;;) {
      const record = this.#records[index];
      if (record === undefined || record.start >= end) return;
      const from = record.start >= start ? 0 : Math.ceil((start - record.start) / size) * size;
      const to = record.end <= end ? record.end - record.start : Math.floor((end - record.start) / size) * size;
      if (record.state !== sent.sacked && from < to) {
        if (from > 0) this.#cut(index++, from);
        const part = this.#records[index] as Sent;
        if (to - from < part.end - part.start) this.#cut(index, to - from);
        this.#delivered(part, part.end - part.start);
        this.#change(part, sent.sacked);
        if (part.end > this.forward) this.forward = part.end;
      }
      index++;
    }
  }

  /** Marks as lost what `isLost` says, of what is on the way. */
  markLost(isLost: (record: Sent) => boolean): void {
    for (let index = this.#head; index < this.#records.length; index++) {
      const record = this.#records[index] as Sent;
      if (record.state === sent.out && isLost(record)) this.#change(record, sent.lost);
    }
  }

  /** Marks the first `size` bytes that have not arrived as lost. For peers without selective acknowledgement: RFC 6582. */
  markFirstLost(size: number): void {
    const record = this.first;
    if (record === undefined || record.state !== sent.out) return;
    if (record.end - record.start > size) this.#cut(this.#head, size);
    this.#change(record, sent.lost);
  }

  /** Whatever the peer has acknowledged selectively, it may have thrown away since. RFC 2018, section 8. */
  forgetSelective(): void {
    for (let index = this.#head; index < this.#records.length; index++) {
      const record = this.#records[index] as Sent;
      if (record.state === sent.sacked) this.#change(record, sent.lost);
    }
  }

  /** Nothing was lost after all. */
  forgive(): void {
    for (let index = this.#head; this.lostBytes > 0 && index < this.#records.length; index++) {
      const record = this.#records[index] as Sent;
      if (record.state === sent.lost) this.#change(record, sent.out);
    }
  }

  /** The first lost record. */
  get firstLost(): Sent | undefined {
    if (this.lostBytes === 0) return undefined;
    for (let index = this.#head; index < this.#records.length; index++) {
      const record = this.#records[index] as Sent;
      if (record.state === sent.lost) return record;
    }
    return undefined;
  }

  /** The first `length` bytes of a record are sent again: they become a record of their own if it is longer. */
  resent(record: Sent, length: number, at: number): void {
    if (length < record.end - record.start) this.#cut(this.#search(record.start), length);
    record.at = at;
    record.order = this.#order++;
    record.retransmitted = true;
    this.#change(record, sent.out);
  }

  /** Cuts the last record so that it has at most `size` bytes, and returns it. */
  lastOf(size: number): Sent | undefined {
    const record = this.last;
    if (record !== undefined && record.end - record.start > size) {
      const pieces = Math.ceil((record.end - record.start) / size) - 1;
      this.#cut(this.#records.length - 1, pieces * size);
    }
    return this.last;
  }

  #delivered(record: Sent, bytes: number): void {
    delivery.bytes += bytes;
    if (record.retransmitted) delivery.retransmitted = true;
    else {
      delivery.cleanSentAt = Math.max(delivery.cleanSentAt, record.at);
      if (record.end < this.forward) delivery.reorderedEnd = record.end;
    }
    if (record.order > delivery.latestOrder) {
      delivery.latestAt = record.at;
      delivery.latestOrder = record.order;
      delivery.latestRetransmitted = record.retransmitted;
    }
  }

  #change(record: Sent, state: number): void {
    const length = record.end - record.start;
    this.#count(record.state, -length);
    this.#count(state, length);
    record.state = state;
  }

  #count(state: number, bytes: number): void {
    if (state === sent.out) this.pipe += bytes;
    else if (state === sent.lost) this.lostBytes += bytes;
    else this.sackedBytes += bytes;
  }

  /** Cuts the record at `index` behind its first `length` bytes. */
  #cut(index: number, length: number): void {
    const record = this.#records[index] as Sent;
    const rest: Sent = { ...record, start: record.start + length };
    record.end = rest.start;
    this.#records.splice(index + 1, 0, rest);
  }

  /** The index of the record that has `position`, or of the first behind it. */
  #search(position: number): number {
    let low = this.#head;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#records[middle] as Sent).end <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    if (this.#head === this.#records.length) {
      this.#records.length = 0;
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 >= this.#records.length) {
      this.#records.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
