import type { Timer } from '../../environment/clock.ts';
import type { Address } from '../../wire/address.ts';
import { type Measurement, type MeasurementEnvironment, measure, type Outcome } from './measurement.ts';

/** The best of so many measurements counts: the one that was shortest under way is least wrong. */
const most = 4;
/** Milliseconds between two questions: what servers tolerate of a client that begins. */
const spacing = 2000;
/** Unanswered questions in a row after which the server is given up. */
const mostFailures = 2;

export interface BurstEvents {
  /** Each measurement as it comes. @returns milliseconds by which the clock was stepped because of it */
  onMeasured(measurement: Measurement): number;
  /** The best of them. */
  onEnd(best: Measurement): void;
  onFailed(outcome: Exclude<Outcome, { kind: 'measured' }>): void;
}

/** A few questions to one server, one after another. */
export class Burst {
  readonly #environment: MeasurementEnvironment;
  readonly #address: Address;
  readonly #goodDelay: number;
  readonly #events: BurstEvents;
  readonly #timer: Timer;
  #stop: () => void = () => {};
  #asked = 0;
  #failures = 0;
  #best: Measurement | undefined;

  /** @param goodDelay a measurement with at most this delay, in milliseconds, is good enough to be the last */
  constructor(environment: MeasurementEnvironment, address: Address, goodDelay: number, events: BurstEvents) {
    this.#environment = environment;
    this.#address = address;
    this.#goodDelay = goodDelay;
    this.#events = events;
    this.#timer = environment.clock.timer(() => this.#ask());
  }

  start(): void {
    this.#ask();
  }

  close(): void {
    this.#timer.clear();
    this.#stop();
  }

  #ask(): void {
    this.#asked++;
    this.#stop = measure(this.#environment, this.#address, (outcome) => this.#answered(outcome));
  }

  #answered(outcome: Outcome): void {
    if (outcome.kind === 'kiss') {
      this.#events.onFailed(outcome);
      return;
    }
    if (outcome.kind === 'failed') this.#failures++;
    else {
      this.#failures = 0;
      const stepped = this.#events.onMeasured(outcome);
      const { delay } = outcome;
      if (this.#best === undefined || stepped !== 0 || delay < this.#best.delay) {
        this.#best = { offset: outcome.offset - stepped, delay };
      }
    }
    const best = this.#best;
    const over = this.#asked >= most || this.#failures >= mostFailures;
    if (best !== undefined && (over || best.delay <= this.#goodDelay)) this.#events.onEnd(best);
    else if (over && outcome.kind === 'failed') this.#events.onFailed(outcome);
    else this.#timer.setIn(spacing);
  }
}
