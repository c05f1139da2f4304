/** Routers, prefixes and addresses by advertisement: RFC 4861, section 6.3; RFC 4862; RFC 7217; RFC 8981; RFC 8106. */
import type { Clock, Timer } from '../environment/clock.ts';
import { between, type Random } from '../environment/random.ts';
import { protocols } from '../socket/network.ts';
import { type Address, allRouters, combine, isLinkLocal, networkOf, unspecified6 } from '../wire/address.ts';
import { emitIcmp, type IcmpMessage, icmp6, icmpChecksumOffset, icmpHeader } from '../wire/icmp.ts';
import {
  type DnsInformation,
  type PrefixInformation,
  parseRedirect,
  parseRouterAdvertisement,
  type RouterAdvertisement,
  routerSolicitationBody,
} from '../wire/ndp.ts';
import type { Inbound } from './inbound.ts';
import type { Interface } from './interface.ts';
import { neighbourHopLimit } from './ndp.ts';
import type { Output } from './output.ts';
import type { RouteTable } from './routes.ts';
import { selectSource } from './source-selection.ts';

/** How an interface gets its IPv6 addresses. */
export interface AutoconfigurationPlan {
  /** The host's part of addresses under a prefix (RFC 7217); `attempt` counts duplicates. */
  interfaceIdentifier(prefix: Address, attempt: number): Address;
  /** Make temporary addresses too: RFC 8981. */
  readonly temporary: boolean;
}

export interface RouterEvents {
  /** A router said how addresses and other configuration come about, and what it knows of DNS. */
  onAdvertisement(managed: boolean, other: boolean, dns: readonly DnsInformation[], router: Address): void;
}

interface Running {
  readonly plan: AutoconfigurationPlan;
  readonly events: RouterEvents;
  readonly solicitation: Timer;
  solicitationsLeft: number;
  /** Duplicates by prefix. */
  readonly attempts: Map<Address, number>;
  readonly temporaries: Map<Address, Address>;
}

/** RFC 4861, section 10. */
const solicitations = 3;
const solicitationInterval = 4000;
/** Soonest a router is asked again: a start-up should not wait for a lost packet (RFC 7559 backs off from here). */
const firstInterval = 1000;
/** RFC 7559: 3 times are not enough where a switch takes long; asked for ever, more and more seldom. */
const longestInterval = 3_600_000;
/** RFC 4862, section 5.5.3 (e). */
const twoHours = 7_200_000;
/** RFC 8981, section 3.8: a day and a week. */
const temporaryLifetime = { preferred: 86_400_000, valid: 604_800_000 } as const;
/** Routers and prefixes of one link beyond which advertisements are ignored. */
const most = { addresses: 16, routes: 64, redirects: 64 } as const;

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
      plan,
      events,
      solicitation,
      solicitationsLeft: solicitations,
      attempts: new Map(),
      temporaries: new Map(),
    };
    this.#running.set(on, running);
    solicitation.setIn(0);
  }

  stop(on: Interface): void {
    this.#running.get(on)?.solicitation.clear();
    this.#running.delete(on);
    this.#routes.remove(
      ({ interface: name, origin }) => name === on.name && (origin === 'ra' || origin === 'redirect'),
    );
  }

  /** An address that came from a prefix turned out to be somebody else's: try another one. RFC 7217, section 6. */
  duplicate(
    on: Interface,
    address: Address,
    prefixLength: number,
    lifetimes: { validUntil: number; preferredUntil: number },
  ) {
    const running = this.#running.get(on);
    if (running === undefined) return;
    const prefix = networkOf(address, prefixLength);
    const attempt = (running.attempts.get(prefix) ?? 0) + 1;
    running.attempts.set(prefix, attempt);
    // IDGEN_RETRIES
    if (attempt > 3) return;
    const next = combine(prefix, prefixLength, running.plan.interfaceIdentifier(prefix, attempt));
    on.addresses.add({ address: next, prefixLength, origin: 'slaac', ...lifetimes });
  }

  /** Section 6.3.4. */
  receiveAdvertisement(packet: Inbound, message: IcmpMessage): void {
    const { on, source } = packet;
    const running = this.#running.get(on);
    const advertisement = parseRouterAdvertisement(packet.bytes, message);
    // Section 6.1.2; the hop limit was checked by the caller.
    if (running === undefined || advertisement === undefined || message.code !== 0 || !isLinkLocal(source)) return;
    running.solicitation.clear();
    this.#parameters(on, source, advertisement);
    this.#defaultRouter(on, source, advertisement);
    this.#moreRoutes(on, source, advertisement);
    for (const prefix of advertisement.options.prefixes) this.#prefix(on, running, prefix);
    const { managed, other, options } = advertisement;
    running.events.onAdvertisement(managed, other, options.dns, source);
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
    if ([...this.#routes].filter(({ origin }) => origin === 'redirect').length >= most.redirects) return;
    if (options.target !== undefined) {
      on.neighbours[6].learn(target, options.target, { solicited: false, override: true, create: true });
    }
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
    const body = routerSolicitationBody(source === unspecified6 ? undefined : on.mac);
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
    if (hopLimit !== 0) on.hopLimit = hopLimit;
    const cache = on.neighbours[6];
    // Section 10 has 30 s and 1 s; a hostile router may not stop or hurry us without bound.
    if (reachableTime !== 0) cache.reachableTime = Math.min(3_600_000, Math.max(1000, reachableTime));
    if (retransmitTime !== 0) cache.retransmitTime = Math.min(60_000, Math.max(100, retransmitTime));
    if (options.mtu !== undefined && options.mtu >= 1280 && options.mtu !== on.routerMtu) {
      on.routerMtu = options.mtu;
      this.#output.invalidate();
    }
    if (options.source === undefined) return;
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
          (route) => isAdvertised(route, on) && route.destination === destination && route.gateway === source,
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
    const advertised = [...this.#routes].filter((route) => isAdvertised(route, on));
    if (advertised.length >= most.routes) return;
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
    const { onLink, autonomous, validFor, preferredFor, length } = information;
    const prefix = networkOf(information.prefix, length);
    if (isLinkLocal(prefix) || length === 0) return;
    if (onLink) this.#onLink(on, prefix, length, validFor);
    if (!autonomous || preferredFor > validFor || length !== 64) return;
    this.#address(on, running, prefix, length, { validFor, preferredFor });
    if (running.plan.temporary) this.#temporary(on, running, prefix, length, { validFor, preferredFor });
  }

  #onLink(on: Interface, prefix: Address, length: number, validFor: number): void {
    const same = ({
      destination,
      length: bits,
      interface: name,
      origin,
    }: {
      destination: Address;
      length: number;
      interface: string;
      origin: string;
    }) => destination === prefix && bits === length && name === on.name && origin === 'ra';
    if (validFor === 0) {
      this.#routes.remove(same);
      return;
    }
    if (
      ![...this.#routes].some(same) &&
      [...this.#routes].filter((route) => isAdvertised(route, on)).length >= most.routes
    )
      return;
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

  #address(
    on: Interface,
    running: Running,
    prefix: Address,
    length: number,
    { validFor, preferredFor }: Lifetimes,
  ): void {
    const attempt = running.attempts.get(prefix) ?? 0;
    const address = combine(prefix, length, running.plan.interfaceIdentifier(prefix, attempt));
    const present = on.addresses.get(address);
    const { now } = this.#clock;
    if (present?.state === 'duplicate') return;
    if (present === undefined && (validFor === 0 || countSlaac(on) >= most.addresses)) return;
    const remaining = present === undefined ? 0 : present.validUntil - now;
    // RFC 4862, section 5.5.3 (e): nobody can take an address away from one moment to the next.
    const honest = validFor * 1000 > twoHours || validFor * 1000 > remaining;
    const valid = honest ? validFor * 1000 : Math.min(remaining, twoHours);
    on.addresses.add({
      address,
      prefixLength: length,
      origin: 'slaac',
      validUntil: now + valid,
      preferredUntil: now + Math.min(valid, preferredFor * 1000),
    });
  }

  /** RFC 8981, section 3.4: a random identifier a prefix, a new one before the old is deprecated. */
  #temporary(
    on: Interface,
    running: Running,
    prefix: Address,
    length: number,
    { validFor, preferredFor }: Lifetimes,
  ): void {
    const { now } = this.#clock;
    const current = running.temporaries.get(prefix);
    const state = current === undefined ? undefined : on.addresses.get(current)?.state;
    if (state === 'preferred' || state === 'tentative' || preferredFor === 0 || countSlaac(on) >= most.addresses)
      return;
    const identifier = this.#random.bytes(8).reduce((text, byte, index, all) => {
      return index % 2 === 0 ? text + String.fromCharCode((byte << 8) | (all[index + 1] as number)) : text;
    }, '');
    const address = combine(prefix, length, `\0\0\0\0${identifier}` as Address);
    running.temporaries.set(prefix, address);
    const preferred = Math.min(preferredFor * 1000, temporaryLifetime.preferred * between(this.#random, 0.6, 1));
    on.addresses.add({
      address,
      prefixLength: length,
      origin: 'slaac',
      temporary: true,
      validUntil: now + Math.min(validFor * 1000, temporaryLifetime.valid),
      preferredUntil: now + preferred,
    });
  }
}

interface Lifetimes {
  readonly validFor: number;
  readonly preferredFor: number;
}

const isAdvertised = (route: { interface: string; origin: string }, on: Interface): boolean =>
  route.interface === on.name && route.origin === 'ra';

const countSlaac = (on: Interface): number => [...on.addresses].filter(({ origin }) => origin === 'slaac').length;
