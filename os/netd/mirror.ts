/** What the host has learnt, given to the kernel's stack: for `net.stack: "kernel"`. */
import type { Route } from '../net/link/packet/netlink/route-state.ts';
import { type Address, isIpv6, parseAddress } from '../net/wire/address.ts';
import type { NetworkStatus } from '../sockets/status.ts';

interface MirroredAddress {
  readonly index: number;
  readonly address: Address;
  readonly prefixLength: number;
}

interface MirroredRoute extends Route {
  readonly origin: 'static' | 'dhcp';
}

/** What is needed of a RouteSocket. */
export interface Configuration {
  addAddress(index: number, address: Address, prefixLength: number): void;
  removeAddress(index: number, address: Address, prefixLength: number): void;
  addRoute(route: Route, origin?: 'static' | 'dhcp'): void;
  removeRoute(route: Route): void;
}

/**
 * Keeps the kernel's addresses and routes like those of a status. Router advertisements are the kernel's own business
 * (accept_ra), and so are the addresses and routes that come of them.
 */
export class Mirror {
  readonly #configuration: Configuration;
  readonly #indexOf: (name: string) => number | undefined;
  readonly #onProblem: (message: string) => void;
  #addresses = new Map<string, MirroredAddress>();
  #routes = new Map<string, MirroredRoute>();

  constructor(
    configuration: Configuration,
    indexOf: (name: string) => number | undefined,
    onProblem: (message: string) => void,
  ) {
    this.#configuration = configuration;
    this.#indexOf = indexOf;
    this.#onProblem = onProblem;
  }

  follow(status: NetworkStatus): void {
    const configuration = this.#configuration;
    const addresses = new Map(this.#addressesOf(status).map((each) => [JSON.stringify(each), each]));
    const routes = new Map(this.#routesOf(status).map((each) => [JSON.stringify(each), each]));
    // Routes first where things go, addresses first where they come: a gateway must be reachable.
    for (const route of missing(this.#routes, routes)) this.#try(() => configuration.removeRoute(route));
    for (const { index, address, prefixLength } of missing(this.#addresses, addresses)) {
      this.#try(() => configuration.removeAddress(index, address, prefixLength));
    }
    for (const { index, address, prefixLength } of missing(addresses, this.#addresses)) {
      this.#try(() => configuration.addAddress(index, address, prefixLength));
    }
    for (const { origin, ...route } of missing(routes, this.#routes))
      this.#try(() => configuration.addRoute(route, origin));
    this.#addresses = addresses;
    this.#routes = routes;
  }

  #addressesOf(status: NetworkStatus): MirroredAddress[] {
    return status.interfaces.flatMap(({ name, addresses }) => {
      const index = this.#indexOf(name);
      if (index === undefined) return [];
      return addresses.flatMap(({ address: text, prefixLength, origin, state }) => {
        const address = parseAddress(text);
        if (address === undefined || state === 'duplicate' || origin === 'slaac' || origin === 'loopback') return [];
        // The kernel makes its own link-local address.
        return origin === 'link-local' && isIpv6(address) ? [] : [{ index, address, prefixLength }];
      });
    });
  }

  #routesOf(status: NetworkStatus): MirroredRoute[] {
    return status.routes.flatMap(({ destination, gateway, interface: name, metric, origin }) => {
      const [text = '', length = ''] = destination.split('/');
      const [index, to] = [this.#indexOf(name), parseAddress(text)];
      const by = gateway === null ? undefined : parseAddress(gateway);
      if (index === undefined || to === undefined || (gateway !== null && by === undefined)) return [];
      if (origin !== 'static' && origin !== 'dhcp') return [];
      return [{ destination: to, prefixLength: Number(length), gateway: by, index, metric, origin }];
    });
  }

  /** A change that the kernel refuses is told, and the others are made. */
  #try(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#onProblem((error as Error).message);
    }
  }
}

/** Values of `from` that `other` does not have. */
const missing = <T>(from: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): T[] =>
  [...from].flatMap(([key, value]) => (other.has(key) ? [] : [value]));
