/** When a message is said again, and when it is given up: RFC 8415, section 15, with the figures of section 7.6. */
import { between, type Random } from '../../environment/random.ts';

/** Seconds; 0 is no limit. */
export interface RetransmissionTerms {
  /** IRT */
  readonly initial: number;
  /** MRT */
  readonly longest: number;
  /** MRC: how often it is said. */
  readonly count: number;
  /** MRD: for how long. */
  readonly duration: number;
}

/** By what is going on. Renewing and rebinding last until T2, and until nothing is valid any more. */
export const retransmissionTerms = {
  soliciting: { initial: 1, longest: 3600, count: 0, duration: 0 },
  requesting: { initial: 1, longest: 30, count: 10, duration: 0 },
  confirming: { initial: 1, longest: 4, count: 0, duration: 10 },
  renewing: { initial: 10, longest: 600, count: 0, duration: 0 },
  rebinding: { initial: 10, longest: 600, count: 0, duration: 0 },
  releasing: { initial: 1, longest: 0, count: 4, duration: 0 },
  declining: { initial: 1, longest: 0, count: 4, duration: 0 },
  informing: { initial: 1, longest: 3600, count: 0, duration: 0 },
} as const satisfies Readonly<Record<string, RetransmissionTerms>>;

/** One message and its repetitions. */
export class Retransmission {
  readonly #terms: RetransmissionTerms;
  readonly #random: Random;
  /** On the clock's scale, in milliseconds. */
  readonly began: number;
  #sent = 0;
  /** Seconds. */
  #last = 0;

  constructor(terms: RetransmissionTerms, random: Random, now: number) {
    this.#terms = terms;
    this.#random = random;
    this.began = now;
  }

  /** How often it was said. */
  get sent(): number {
    return this.#sent;
  }

  /** It has been said often or long enough. */
  exhausted(now: number): boolean {
    const { count, duration } = this.#terms;
    return (count > 0 && this.#sent >= count) || (duration > 0 && now >= this.began + 1000 * duration);
  }

  /** It is said: when it will be time to say it again, in milliseconds on the clock's scale. */
  next(now: number): number {
    const { initial, longest, duration } = this.#terms;
    // For the first Solicit the factor must be above zero (section 18.2.1); that does not harm the others.
    const factor = this.#sent === 0 ? between(this.#random, 0.001, 0.1) : between(this.#random, -0.1, 0.1);
    const delay = this.#sent === 0 ? initial * (1 + factor) : this.#last * (2 + factor);
    this.#last = longest > 0 && delay > longest ? longest * (1 + factor) : delay;
    this.#sent++;
    const again = now + 1000 * this.#last;
    return duration > 0 ? Math.min(again, this.began + 1000 * duration) : again;
  }
}
