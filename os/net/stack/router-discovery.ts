/** Routers, prefixes and addresses by advertisement: RFC 4861, section 6.3; RFC 4191; RFC 8106. */
import type { Clock, Timer } from '../environment/clock.ts';
import { between, type Random } from '../environment/random.ts';
import { protocols } from '../socket/network.ts';
import {
  type Address,
  allRouters,
  isLinkLocal,
  isMulticast,
  isUnspecified,
  networkOf,
  unspecified6,
} from '../wire/address.ts';
import { emitIcmp, type IcmpMessage, icmp6, icmpChecksumOffset, icmpHeader } from '../wire/icmp.ts';
import { isStation } from '../wire/mac.ts';
import {
  type DnsInformation,
  type PrefixInformation,
  parseRedirect,
  parseRouterAdvertisement,
  type RouterAdvertisement,
  routerSolicitationBody,
} from '../wire/ndp.ts';
import type { HostAddress } from './address-table.ts';
import { Autoconfiguration, type AutoconfigurationPlan } from './autoconfiguration.ts';
import type { Inbound } from './inbound.ts';
import type { Interface } from './interface.ts';
import { neighbourHopLimit } from './ndp.ts';
import type { Output } from './output.ts';
import type { Route, RouteTable } from './routes.ts';
import { selectSource } from './source-selection.ts';

export interface RouterEvents {
  /** A router said how addresses and other configuration come about, and what it knows of DNS. */
  onAdvertisement(managed: boolean, other: boolean, dns: readonly DnsInformation[], router: Address): void;
}

interface Running {
  readonly autoconfiguration: Autoconfiguration;
  readonly events: RouterEvents;
  readonly solicitation: Timer;
  solicitationsLeft: number;
}

/** RFC 4861, section 10. */
const solicitations = 3;
const solicitationInterval = 4000;
/** Soonest a router is asked again: a start-up should not wait for a lost packet (RFC 7559 backs off from here). */
const firstInterval = 1000;
/** RFC 7559: 3 times are not enough where a switch takes long; asked for ever, more and more seldom. */
const longestInterval = 3_600_000;
/** Routers, other routes of one link, and redirects beyond which new ones are ignored. */
const most = { routers: 16, routes: 64, redirects: 64 } as const;
/**
 * Fewer hops than this are no honest router's: it would keep this host from the rest of the world (CVE-2015-2922). It is what
 * the host uses by itself.
 */
const leastHopLimit = 64;

export const metrics = { default: 1024, preferenceStep: 256, connected: 256 } as const;

export class RouterDiscovery {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #output: Output;
  readonly #routes: RouteTable;
  readonly #running = new Map<Interface, Running>();

  constructor(clock: Clock, random: Random, output: Output, routes: RouteTable) {
    this.#clock = clock;
    this.#random = random;
    this.#output = output;
    this.#routes = routes;
  }

  /** Begins to ask for routers and to listen to them. */
  start(on: Interface, plan: AutoconfigurationPlan, events: RouterEvents): void {
    this.stop(on);
    let wait = firstInterval;
    const solicitation = this.#clock.timer(() => {
      if (running.solicitationsLeft > 0) running.solicitationsLeft -= 1;
      this.#solicit(on);
      solicitation.setIn(wait * between(this.#random, 0.9, 1.1));
      wait =
        running.solicitationsLeft > 0 ? Math.min(solicitationInterval, 2 * wait) : Math.min(longestInterval, 2 * wait);
    });
    const running: Running = {
      autoconfiguration: new Autoconfiguration(this.#clock, this.#random, on, plan),
      events,
      solicitation,
      solicitationsLeft: solicitations,
    };
    this.#running.set(on, running);
    solicitation.setIn(0);
  }

  /** Forgets what routers said, but for the addresses. */
  stop(on: Interface): void {
    this.#running.get(on)?.solicitation.clear();
    this.#running.delete(on);
    on.routerHopLimit = undefined;
    on.routerMtu = undefined;
    on.neighbours[6].resetTimes();
    this.#output.invalidate();
    this.#routes.remove(
      ({ interface: name, origin }) => name === on.name && (origin === 'ra' || origin === 'redirect'),
    );
  }

  /** An address that came from a prefix turned out to be somebody else's. */
  duplicate(on: Interface, address: HostAddress): void {
    this.#running.get(on)?.autoconfiguration.duplicate(address);
  }

  /** Section 6.3.4. */
  receiveAdvertisement(packet: Inbound, message: IcmpMessage): void {
    const { on, source } = packet;
    const running = this.#running.get(on);
    const advertisement = parseRouterAdvertisement(packet.bytes, message);
    // Section 6.1.2; the hop limit was checked by the caller.
    if (running === undefined || advertisement === undefined || message.code !== 0 || !isLinkLocal(source)) return;
    // RFC 7559, section 2.1: until there is a router.
    if (advertisement.lifetime > 0) running.solicitation.clear();
    this.#parameters(on, source, advertisement);
    this.#defaultRouter(on, source, advertisement);
    this.#moreRoutes(on, source, advertisement);
    for (const prefix of advertisement.options.prefixes) this.#prefix(on, running, prefix);
    const { managed, other, options } = advertisement;
    running.events.onAdvertisement(managed, other, options.dns, source);
  }

  /** Section 7.2.5: a neighbour is no router any more. */
  forgetRouter(on: Interface, router: Address): void {
    this.#routes.remove((route) => isAdvertised(route, on) && route.gateway === router);
  }

  /** Section 8.3: only the router that we use for a destination may name a better one. */
  receiveRedirect(packet: Inbound, message: IcmpMessage): void {
    const { on, source } = packet;
    const redirect = parseRedirect(packet.bytes, message);
    if (redirect === undefined || message.code !== 0 || !isLinkLocal(source)) return;
    const { target, destination, options } = redirect;
    if (!isLinkLocal(target) && target !== destination) return;
    const hop = this.#output.hop(destination, undefined);
    if (hop === undefined || hop.on !== on || hop.own || hop.gateway !== source) return;
    const redirects = [...this.#routes].filter(({ origin }) => origin === 'redirect');
    if (redirects.length >= most.redirects && !redirects.some((route) => route.destination === destination)) return;
    if (options.target !== undefined && isStation(options.target)) {
      on.neighbours[6].learn(target, options.target, { solicited: false, override: true, create: true });
    }
    this.#routes.remove((route) => route.origin === 'redirect' && route.destination === destination);
    this.#routes.add({
      destination,
      length: 128,
      gateway: target === destination ? undefined : target,
      interface: on.name,
      metric: metrics.connected,
      origin: 'redirect',
      expiresAt: this.#clock.now + 600_000,
    });
  }

  #solicit(on: Interface): void {
    const source = selectSource(on.addresses, allRouters) ?? unspecified6;
    // RFC 4429, section 3.3: what may be somebody else's address says nothing of where it is.
    const settled = source !== unspecified6 && on.addresses.get(source)?.state !== 'tentative';
    const body = routerSolicitationBody(settled ? on.mac : undefined);
    const message = new Uint8Array(icmpHeader + body.length);
    emitIcmp(message, 0, icmp6.routerSolicitation, 0, 0);
    message.set(body, icmpHeader);
    const options = { hopLimit: neighbourHopLimit };
    const protocol = protocols.icmp6;
    this.#output.sendVia(on, { source, destination: allRouters, protocol, options }, message, icmpChecksumOffset);
  }

  #parameters(
    on: Interface,
    source: Address,
    { hopLimit, reachableTime, retransmitTime, options }: RouterAdvertisement,
  ) {
    if (hopLimit >= leastHopLimit) on.routerHopLimit = hopLimit;
    const cache = on.neighbours[6];
    // Section 10 has 30 s and 1 s; a hostile router may not stop or hurry us without bound.
    if (reachableTime !== 0) cache.reachableTime = Math.min(3_600_000, Math.max(1000, reachableTime));
    if (retransmitTime !== 0) cache.retransmitTime = Math.min(10_000, Math.max(100, retransmitTime));
    if (options.mtu !== undefined && options.mtu >= 1280 && options.mtu !== on.routerMtu) {
      on.routerMtu = options.mtu;
      this.#output.invalidate();
    }
    if (options.source === undefined || !isStation(options.source)) return;
    const router = cache.learn(source, options.source, { solicited: false, override: true, create: true });
    if (router !== undefined) router.router = true;
  }

  #defaultRouter(on: Interface, source: Address, { lifetime, preference }: RouterAdvertisement): void {
    if (lifetime > 0) this.#addRoute(on, unspecified6, 0, source, preference, lifetime);
    else {
      this.#routes.remove(
        ({ length, gateway, interface: name, origin }) =>
          length === 0 && gateway === source && name === on.name && origin === 'ra',
      );
    }
  }

  /** RFC 4191, section 3: routes to where this router leads better than others. */
  #moreRoutes(on: Interface, source: Address, { options }: RouterAdvertisement): void {
    for (const { prefix, length, preference, lifetime } of options.routes) {
      const destination = networkOf(prefix, length);
      if (lifetime > 0) this.#addRoute(on, destination, length, source, preference, lifetime);
      else {
        this.#routes.remove(
          (route) =>
            isAdvertised(route, on) &&
            route.destination === destination &&
            route.length === length &&
            route.gateway === source,
        );
      }
    }
  }

  #addRoute(
    on: Interface,
    destination: Address,
    length: number,
    gateway: Address,
    preference: number,
    lifetime: number,
  ) {
    if (this.#isFull(on, destination, length, gateway)) return;
    this.#routes.add({
      destination,
      length,
      gateway,
      interface: on.name,
      metric: metrics.default - preference * metrics.preferenceStep,
      origin: 'ra',
      expiresAt: this.#clock.now + lifetime * 1000,
    });
  }

  /** Section 6.3.4 for what is on the link, RFC 4862, section 5.5.3, for addresses. */
  #prefix(on: Interface, running: Running, information: PrefixInformation): void {
    const { onLink, autonomous, validFor, length } = information;
    const prefix = networkOf(information.prefix, length);
    if (length === 0 || isLinkLocal(prefix) || isMulticast(prefix) || isUnspecified(prefix)) return;
    if (onLink) this.#onLink(on, prefix, length, validFor);
    if (autonomous) running.autoconfiguration.advertised(information);
  }

  #onLink(on: Interface, prefix: Address, length: number, validFor: number): void {
    const same = (route: Route) =>
      isAdvertised(route, on) && route.destination === prefix && route.length === length && route.gateway === undefined;
    if (validFor === 0) {
      this.#routes.remove(same);
      return;
    }
    if (this.#isFull(on, prefix, length, undefined)) return;
    this.#routes.add({
      destination: prefix,
      length,
      gateway: undefined,
      interface: on.name,
      metric: metrics.connected,
      origin: 'ra',
      expiresAt: this.#clock.now + validFor * 1000,
    });
  }

  /** Whether there is no room for this route. Those that are there can always be prolonged. */
  #isFull(on: Interface, destination: Address, length: number, gateway: Address | undefined): boolean {
    const rivals = [...this.#routes].filter(
      (route) => isAdvertised(route, on) && (route.length === 0) === (length === 0),
    );
    const known = rivals.some(
      (route) => route.destination === destination && route.length === length && route.gateway === gateway,
    );
    return !known && rivals.length >= (length === 0 ? most.routers : most.routes);
  }
}

const isAdvertised = (route: Route, on: Interface): boolean => route.interface === on.name && route.origin === 'ra';
