import type { Clock } from '../../environment/clock.ts';
import type { Address } from '../../wire/address.ts';

/** A name server. A link-local address needs the interface that it is on. */
export interface NameServer {
  readonly address: Address;
  readonly interface?: string;
}

/** What experience says of a server. */
export interface KnownServer extends NameServer {
  /** When it failed last, on the clock's scale; undefined when it has answered since. */
  failedAt: number | undefined;
  /** It refuses queries with EDNS: RFC 6891, section 7. */
  plain: boolean;
}

/** Milliseconds for which a server that failed is asked after the others. */
const grudge = 30_000;

/** The name servers in the order in which they should be asked. */
export class ServerList {
  readonly #clock: Clock;
  #servers: readonly KnownServer[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get servers(): readonly NameServer[] {
    return this.#servers;
  }

  /** @returns whether they are others than before */
  set(servers: readonly NameServer[]): boolean {
    const same = (a: NameServer, b: NameServer) => a.address === b.address && a.interface === b.interface;
    const distinct = servers.filter((one, index) => servers.findIndex((other) => same(one, other)) === index);
    const before = this.#servers;
    if (distinct.length === before.length && distinct.every((one, index) => same(one, before[index] as NameServer))) {
      return false;
    }
    this.#servers = distinct.map(
      (server) => before.find((known) => same(known, server)) ?? { ...server, failedAt: undefined, plain: false },
    );
    return true;
  }

  /** As they were given, but those that failed lately last, the latest failure at the very end. */
  ranked(): KnownServer[] {
    const since = this.#clock.now - grudge;
    const blame = ({ failedAt }: KnownServer) => (failedAt !== undefined && failedAt > since ? failedAt : -Infinity);
    return [...this.#servers].sort((a, b) => (blame(a) === blame(b) ? 0 : blame(a) - blame(b)));
  }
}
