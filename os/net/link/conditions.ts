/** What can befall frames on their way: after smoltcp's fault injector and Linux's netem. All chance is the given one. */
import type { Clock, Timer } from '../environment/clock.ts';
import { below, type Random } from '../environment/random.ts';

/** Chances are from 0 to 1, times in milliseconds. */
export interface Conditions {
  readonly delay?: number;
  /** Delay varies by up to this much; frames overtake each other then. */
  readonly jitter?: number;
  readonly loss?: number;
  readonly duplication?: number;
  /** One bit of the frame is turned. */
  readonly corruption?: number;
  /** A frame comes this chance `reorderDelay` later than it should. */
  readonly reordering?: number;
  readonly reorderDelay?: number;
  /** Bits a second; frames queue up for it. */
  readonly bandwidth?: number;
  /** Bytes that may wait for the bandwidth; what comes on top is lost. */
  readonly queue?: number;
}

interface Parcel<T> {
  readonly at: number;
  readonly order: number;
  readonly frame: T;
}

export class Weather<T extends { readonly bytes: Uint8Array }> {
  conditions: Conditions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #deliver: (frame: T) => void;
  readonly #timer: Timer;
  /** In the order of arrival. */
  readonly #parcels: Parcel<T>[] = [];
  #order = 0;
  /** When the wire is free again. */
  #free = 0;

  constructor(clock: Clock, random: Random, conditions: Conditions, deliver: (frame: T) => void) {
    this.#clock = clock;
    this.#random = random;
    this.conditions = conditions;
    this.#deliver = deliver;
    this.#timer = clock.timer(() => this.#arrive());
  }

  /** Sends a frame of `length` bytes on its way. */
  pass(frame: T, length: number): void {
    const { loss = 0, duplication = 0 } = this.conditions;
    if (this.#happens(loss)) return;
    const at = this.#departure(length);
    if (at === undefined) return;
    this.#post(frame, at);
    if (this.#happens(duplication)) this.#post(frame, at);
  }

  /** When the last bit is on the wire; undefined when there is no room to wait. */
  #departure(length: number): number | undefined {
    const { bandwidth, queue = Number.POSITIVE_INFINITY } = this.conditions;
    const { now } = this.#clock;
    if (bandwidth === undefined) return now;
    const start = Math.max(now, this.#free);
    if (((start - now) * bandwidth) / 8000 > queue) return undefined;
    this.#free = start + (length * 8000) / bandwidth;
    return this.#free;
  }

  #post(frame: T, departure: number): void {
    const { delay = 0, jitter = 0, corruption = 0, reordering = 0, reorderDelay = 1 } = this.conditions;
    let at = departure + delay;
    if (jitter > 0) at += (this.#random.uint32() / 2 ** 32) * jitter;
    if (this.#happens(reordering)) at += reorderDelay;
    const parcel = { at, order: this.#order++, frame: this.#happens(corruption) ? this.#corrupted(frame) : frame };
    let place = this.#parcels.length;
    while (place > 0 && (this.#parcels[place - 1] as Parcel<T>).at > at) place -= 1;
    this.#parcels.splice(place, 0, parcel);
    this.#timer.setAt((this.#parcels[0] as Parcel<T>).at);
  }

  #arrive(): void {
    const { now } = this.#clock;
    let count = 0;
    while (count < this.#parcels.length && (this.#parcels[count] as Parcel<T>).at <= now) count += 1;
    for (const { frame } of this.#parcels.splice(0, count)) this.#deliver(frame);
    const [next] = this.#parcels;
    if (next !== undefined) this.#timer.setAt(next.at);
  }

  #corrupted(frame: T): T {
    const bytes = Uint8Array.from(frame.bytes);
    const bit = below(this.#random, bytes.length * 8);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    // Nobody vouches for it any more.
    return { ...frame, bytes, info: { checksum: 'unknown', segmentSize: 0 } };
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#random.uint32() < chance * 2 ** 32;
  }
}
