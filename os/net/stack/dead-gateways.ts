/**
 * Routers that did not answer: RFC 1122, section 3.3.1.4, and RFC 4861, section 6.3.6. Another one is used while there is one,
 * and they are asked now and then whether they are back, without packets having to wait for it.
 */
import type { Clock, Timer } from '../environment/clock.ts';
import type { Address } from '../wire/address.ts';
import type { Interface } from './interface.ts';

/** Milliseconds between questions. */
const interval = 10_000;
const most = 64;

export class DeadGateways {
  readonly #clock: Clock;
  readonly #isWanted: (on: Interface, gateway: Address) => boolean;
  readonly #changed: () => void;
  readonly #dead = new Map<Interface, Map<Address, Timer>>();

  /**
   * @param isWanted whether a route leads over this gateway
   * @param changed one is back
   */
  constructor(clock: Clock, isWanted: (on: Interface, gateway: Address) => boolean, changed: () => void) {
    this.#clock = clock;
    this.#isWanted = isWanted;
    this.#changed = changed;
  }

  has(on: Interface, gateway: Address): boolean {
    return this.#dead.get(on)?.has(gateway) === true;
  }

  /** A neighbour did not answer. */
  failed(on: Interface, address: Address): void {
    const dead = this.#dead.get(on) ?? new Map<Address, Timer>();
    if (dead.has(address) || dead.size >= most || !this.#isWanted(on, address)) return;
    this.#dead.set(on, dead);
    const timer = this.#clock.timer(() => {
      const answered = on.neighboursOf(address).get(address)?.mac !== undefined;
      if (answered || !this.#isWanted(on, address)) {
        dead.delete(address);
        this.#changed();
        return;
      }
      on.neighboursOf(address).resolve(address);
      timer.setIn(interval);
    });
    dead.set(address, timer);
    timer.setIn(interval);
  }

  /** The interface is gone, or leads elsewhere. */
  forget(on: Interface): void {
    for (const timer of this.#dead.get(on)?.values() ?? []) timer.clear();
    this.#dead.delete(on);
  }
}
