/** Name servers and domains that routers advertise, while they are good: RFC 8106. */
import type { Clock, Timer } from '../environment/clock.ts';
import {
  type Address,
  formatAddress,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  unmapped,
} from '../wire/address.ts';
import type { DnsInformation } from '../wire/ndp.ts';

/** Section 5.3.1 has three as enough; more come from somebody who wants to fill memory. */
const most = 8;

export class RouterDns {
  readonly #clock: Clock;
  readonly #interface: string;
  readonly #changed: () => void;
  readonly #expiry: Timer;
  /** What is known → when it ends. */
  readonly #servers = new Map<Address, number>();
  readonly #domains = new Map<string, number>();

  constructor(clock: Clock, interfaceName: string, changed: () => void) {
    this.#clock = clock;
    this.#interface = interfaceName;
    this.#changed = changed;
    this.#expiry = clock.timer(() => this.#expire());
  }

  get nameServers(): readonly { address: Address; interface?: string }[] {
    const on = this.#interface;
    return [...this.#servers.keys()].map((address) =>
      isLinkLocal(address) ? { address, interface: on } : { address },
    );
  }

  get searchDomains(): readonly string[] {
    return [...this.#domains.keys()];
  }

  learn(all: readonly DnsInformation[]): void {
    const before = this.#fingerprint();
    for (const { servers, domains, lifetime } of all) {
      const until = this.#clock.now + lifetime * 1000;
      for (const server of servers.filter(isServer)) keep(this.#servers, server, lifetime, until);
      for (const domain of domains) keep(this.#domains, domain, lifetime, until);
    }
    this.#arm();
    if (this.#fingerprint() !== before) this.#changed();
  }

  clear(): void {
    this.#servers.clear();
    this.#domains.clear();
    this.#expiry.clear();
  }

  #expire(): void {
    for (const map of [this.#servers, this.#domains] as Map<unknown, number>[]) {
      for (const [key, until] of map) if (until <= this.#clock.now) map.delete(key);
    }
    this.#arm();
    this.#changed();
  }

  #arm(): void {
    const next = Math.min(...this.#servers.values(), ...this.#domains.values());
    if (next === Number.POSITIVE_INFINITY) this.#expiry.clear();
    else this.#expiry.setAt(next);
  }

  #fingerprint(): string {
    return [...[...this.#servers.keys()].map(formatAddress), ...this.#domains.keys()].join(' ');
  }
}

/** What questions can be sent to. */
const isServer = (address: Address): boolean =>
  !isMulticast(address) && !isLoopback(address) && !isUnspecified(address) && unmapped(address) === address;

/** Section 6.2: a lifetime of zero takes it away. */
function keep<Key>(map: Map<Key, number>, key: Key, lifetime: number, until: number): void {
  if (lifetime === 0) map.delete(key);
  else if (map.has(key) || map.size < most) map.set(key, until);
}
