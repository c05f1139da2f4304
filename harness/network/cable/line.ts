/** What a cable in one direction does to frames. A perfect one when everything is left out. */
export interface Conditions {
  /** Milliseconds that every frame takes. */
  readonly delay?: number;
  /** Milliseconds that a frame takes longer, evenly drawn from 0 to this; frames may overtake one another. */
  readonly jitter?: number;
  /** Parts of the frames that get lost, come twice, or come with one bit changed: 0 to 1. */
  readonly loss?: number;
  readonly duplication?: number;
  readonly corruption?: number;
  /** Frames queue up to pass at this rate, in bits a second. */
  readonly rate?: number;
  /** Bytes that wait at most, when there is a rate; more get lost. */
  readonly queue?: number;
}

/** One arrival of a frame at the far end. */
export interface Arrival {
  /** Milliseconds from now. */
  readonly after: number;
  /** The bit that is another one, counted from the frame's first; undefined: none. */
  readonly flipped?: number;
}

const defaultQueue = 64 * 1024;

/** One direction of a cable, as decisions: the same conditions and draws give the same fate. */
export class Line {
  conditions: Conditions;
  readonly #random: () => number;
  /** When the last frame that was let onto the cable has left it, by the caller's clock in milliseconds. */
  #freeAt = 0;

  /** @param random draws evenly from 0 to 1, 1 excluded */
  constructor(conditions: Conditions, random: () => number) {
    this.conditions = conditions;
    this.#random = random;
  }

  /**
   * What becomes of a frame.
   * @param length bytes
   * @param now milliseconds on any clock that never goes back
   * @returns its arrivals; none when it is lost
   */
  fate(length: number, now: number): readonly Arrival[] {
    const { loss = 0, duplication = 0 } = this.conditions;
    if (this.#random() < loss) return [];
    const waited = this.#queued(length, now);
    if (waited === undefined) return [];
    const times = this.#random() < duplication ? 2 : 1;
    return Array.from({ length: times }, () => this.#arrival(length, waited));
  }

  /** Milliseconds until the frame has passed; undefined when the queue is full. */
  #queued(length: number, now: number): number | undefined {
    const { rate, queue = defaultQueue } = this.conditions;
    if (rate === undefined) return 0;
    const perByte = 8000 / rate;
    const start = Math.max(now, this.#freeAt);
    if ((start - now) / perByte + length > queue) return undefined;
    this.#freeAt = start + length * perByte;
    return this.#freeAt - now;
  }

  #arrival(length: number, waited: number): Arrival {
    const { delay = 0, jitter = 0, corruption = 0 } = this.conditions;
    const after = waited + delay + this.#random() * jitter;
    if (this.#random() >= corruption) return { after };
    return { after, flipped: Math.floor(this.#random() * length * 8) };
  }
}

/** Tommy Ettinger's mulberry32: small, and the same sequence for the same seed everywhere. */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
