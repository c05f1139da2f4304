/** The routing table: RFC 1122, section 3.3.1, longest prefix first. */
import type { Clock } from '../environment/clock.ts';
import { type Address, sharesPrefix } from '../wire/address.ts';

export interface Route {
  /** Its bits after `length` are zero. */
  readonly destination: Address;
  readonly length: number;
  /** undefined: destinations are on the link. */
  readonly gateway: Address | undefined;
  readonly interface: string;
  /** Lower is preferred among routes of one length. */
  readonly metric: number;
  readonly origin: 'static' | 'dhcp' | 'ra' | 'connected' | 'redirect';
  /** On the clock's scale; Infinity for ever. */
  readonly expiresAt: number;
}

/** More than a host needs; what routers advertise or redirect beyond it is ignored. */
const most = 512;

export class RouteTable {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #prolonged: () => void;
  /** Longest prefix first, then lowest metric. */
  #routes: Route[] = [];

  /**
   * @param changed paths that were looked up before may be wrong now
   * @param prolonged nothing but the end of routes is another one
   */
  constructor(clock: Clock, changed: () => void, prolonged: () => void) {
    this.#clock = clock;
    this.#changed = changed;
    this.#prolonged = prolonged;
  }

  /** Adds a route, or replaces the one with the same destination, gateway and interface. */
  add(route: Route): void {
    const others = this.#routes.filter((other) => !isSame(other, route));
    if (others.length >= most) return;
    const before = this.#routes;
    this.#routes = [...others, route].sort((a, b) => b.length - a.length || a.metric - b.metric);
    const known = before.find((other) => isSame(other, route));
    // Routers say the same again and again: that it is good for longer moves nothing.
    if (known?.metric === route.metric && known.origin === route.origin) this.#prolonged();
    else this.#changed();
  }

  /** Removes all routes for which `condemned` holds. */
  remove(condemned: (route: Route) => boolean): void {
    const kept = this.#routes.filter((route) => !condemned(route));
    if (kept.length === this.#routes.length) return;
    this.#routes = kept;
    this.#changed();
  }

  /** Removes what has expired. */
  expire(): void {
    const { now } = this.#clock;
    this.remove((route) => route.expiresAt <= now);
  }

  /** When the next route expires; Infinity when none does. */
  get nextExpiry(): number {
    return this.#routes.reduce((next, { expiresAt }) => Math.min(next, expiresAt), Number.POSITIVE_INFINITY);
  }

  /**
   * The best route to `destination`: of the longest prefix; among equals the first that `preferred` accepts, else the
   * first.
   */
  lookup(
    destination: Address,
    usable: (route: Route) => boolean,
    preferred: (route: Route) => boolean,
  ): Route | undefined {
    let fallback: Route | undefined;
    for (const route of this.#routes) {
      if (fallback !== undefined && route.length < fallback.length) break;
      if (!sharesPrefix(route.destination, destination, route.length) || !usable(route)) continue;
      if (preferred(route)) return route;
      fallback ??= route;
    }
    return fallback;
  }

  [Symbol.iterator](): Iterator<Route> {
    return this.#routes[Symbol.iterator]();
  }
}

const isSame = (a: Route, b: Route): boolean =>
  a.destination === b.destination && a.length === b.length && a.gateway === b.gateway && a.interface === b.interface;
