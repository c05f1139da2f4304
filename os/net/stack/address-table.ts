/**
 * The addresses of one interface, and the proof that nobody else has them: RFC 5227 for IPv4; RFC 4862, section 5.4, with
 * the optimism of RFC 4429, for IPv6.
 */
import type { Clock, Timer } from '../environment/clock.ts';
import { between, type Random } from '../environment/random.ts';
import { type Address, isIpv4 } from '../wire/address.ts';
import type { MacAddress } from '../wire/mac.ts';

export type AddressState = 'tentative' | 'preferred' | 'deprecated' | 'duplicate';
export type AddressOrigin = 'static' | 'dhcp' | 'slaac' | 'link-local';

export interface AddressSpec {
  readonly address: Address;
  readonly prefixLength: number;
  readonly origin: AddressOrigin;
  /** On the clock's scale; Infinity for ever. */
  readonly validUntil: number;
  readonly preferredUntil: number;
  /** RFC 8981. */
  readonly temporary?: boolean;
}

export interface HostAddress extends AddressSpec {
  readonly state: AddressState;
  /** Not to be used for what is new, also while it is still to be proved. */
  readonly deprecated?: boolean;
}

/** What the table asks of ARP or NDP, and tells its owner. */
export interface AddressHooks {
  /** Asks whether anybody has the address. */
  probe(address: Address): void;
  /** Says that it is ours. */
  announce(address: Address): void;
  /** An address came, went, or changed its state. */
  onChange(address: HostAddress): void;
  /** It can no longer be used: taken away, expired, or somebody else's. */
  onLost(address: HostAddress): void;
  /** Somebody else uses it too. */
  onConflict(address: HostAddress): void;
  /** Somebody else has it. */
  onDuplicate(address: HostAddress, owner: MacAddress): void;
}

/** When to ask, and when to say so: RFC 5227, section 1.1, and RFC 4862, section 5.1. Milliseconds. */
interface Schedule {
  readonly probes: number;
  readonly apart: readonly [least: number, most: number];
  /** From the last probe on. */
  readonly wait: number;
  readonly announcements: number;
  readonly announcementsApart: number;
}

/**
 * Neither begins with the random delay that the RFCs want: it protects networks where many hosts start at once, and costs
 * each of them a second. The addresses are used meanwhile; whoever has them already defends them.
 */
const schedules: Readonly<Record<4 | 6, Schedule>> = {
  4: { probes: 3, apart: [1000, 2000], wait: 2000, announcements: 2, announcementsApart: 2000 },
  6: { probes: 1, apart: [1000, 1000], wait: 1000, announcements: 1, announcementsApart: 1000 },
};

/** RFC 5227, section 2.4 (b): DEFEND_INTERVAL. */
const defendInterval = 10_000;
/** An address that somebody gave this machine is tried again: the other one may be switched off. */
const retryInterval = 60_000;

class Entry implements HostAddress {
  readonly address: Address;
  readonly prefixLength: number;
  readonly origin: AddressOrigin;
  readonly temporary: boolean;
  validUntil: number;
  preferredUntil: number;
  state: AddressState = 'tentative';
  probesLeft: number;
  announcementsLeft: number;
  lastConflict = Number.NEGATIVE_INFINITY;
  readonly detection: Timer;
  readonly lifetime: Timer;
  readonly #clock: Clock;

  constructor(
    spec: AddressSpec,
    clock: Clock,
    onDetection: (entry: Entry) => void,
    onLifetime: (entry: Entry) => void,
  ) {
    this.#clock = clock;
    this.address = spec.address;
    this.prefixLength = spec.prefixLength;
    this.origin = spec.origin;
    this.temporary = spec.temporary ?? false;
    this.validUntil = spec.validUntil;
    this.preferredUntil = spec.preferredUntil;
    const { probes, announcements } = scheduleOf(this);
    this.probesLeft = probes;
    this.announcementsLeft = announcements;
    this.detection = clock.timer(() => onDetection(this));
    this.lifetime = clock.timer(() => onLifetime(this));
  }

  get deprecated(): boolean {
    return this.preferredUntil <= this.#clock.now;
  }
}

const scheduleOf = ({ address }: { address: Address }): Schedule => schedules[isIpv4(address) ? 4 : 6];

function startOver(entry: Entry): void {
  const { probes, announcements } = scheduleOf(entry);
  entry.probesLeft = probes;
  entry.announcementsLeft = announcements;
}

export class AddressTable {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #hooks: AddressHooks;
  readonly #entries = new Map<Address, Entry>();

  constructor(clock: Clock, random: Random, hooks: AddressHooks) {
    this.#clock = clock;
    this.#random = random;
    this.#hooks = hooks;
  }

  [Symbol.iterator](): Iterator<HostAddress> {
    return this.#entries.values();
  }

  get(address: Address): HostAddress | undefined {
    return this.#entries.get(address);
  }

  /** Whether packets may be sent from and taken for it. */
  owns(address: Address): boolean {
    const entry = this.#entries.get(address);
    return entry !== undefined && entry.state !== 'duplicate';
  }

  /** Adds an address and begins to prove it ours; one that is there already gets the new lifetimes. */
  add(spec: AddressSpec): void {
    const present = this.#entries.get(spec.address);
    if (present !== undefined && present.prefixLength === spec.prefixLength && present.origin === spec.origin) {
      this.#prolong(present, spec);
      return;
    }
    this.remove(spec.address);
    const entry = new Entry(
      spec,
      this.#clock,
      (each) => this.#detect(each),
      (each) => this.#age(each),
    );
    this.#entries.set(entry.address, entry);
    this.#arm(entry);
    this.#hooks.onChange(entry);
    this.#detect(entry);
  }

  remove(address: Address): void {
    const entry = this.#entries.get(address);
    if (entry === undefined) return;
    this.#entries.delete(address);
    entry.detection.clear();
    entry.lifetime.clear();
    this.#hooks.onLost(entry);
  }

  /** Proves all addresses anew: the cable was out, and may lead elsewhere now. */
  reprove(): void {
    for (const entry of [...this.#entries.values()]) {
      startOver(entry);
      this.#become(entry, 'tentative');
      this.#detect(entry);
    }
  }

  /** `owner` uses or wants an address of ours. */
  conflict(address: Address, owner: MacAddress): void {
    const entry = this.#entries.get(address);
    if (entry === undefined) return;
    if (entry.state === 'duplicate') {
      this.#retry(entry);
      return;
    }
    const { now } = this.#clock;
    const settled = entry.state !== 'tentative';
    // RFC 4862, section 5.4.4, leaves IPv6 addresses that were proved as they are.
    if (settled && !isIpv4(address)) return;
    this.#hooks.onConflict(entry);
    const rested = now - entry.lastConflict > defendInterval;
    if (settled && rested) {
      entry.lastConflict = now;
      this.#hooks.announce(address);
      return;
    }
    // Section 2.4 (c): an address that somebody gave this machine, and that it has proved, is never given up; two forged
    // messages would be enough to take it off the network.
    if (settled && entry.origin === 'static') return;
    entry.detection.clear();
    this.#become(entry, 'duplicate');
    this.#retry(entry);
    this.#hooks.onLost(entry);
    this.#hooks.onDuplicate(entry, owner);
  }

  /** Asks again later, without using it meanwhile. */
  #retry(entry: Entry): void {
    if (entry.origin !== 'static') return;
    startOver(entry);
    entry.detection.setIn(retryInterval);
  }

  #prolong(entry: Entry, { validUntil, preferredUntil }: AddressSpec): void {
    entry.validUntil = validUntil;
    entry.preferredUntil = preferredUntil;
    if (entry.state === 'deprecated' && !entry.deprecated) this.#become(entry, 'preferred');
    if (entry.state === 'preferred' && entry.deprecated) this.#become(entry, 'deprecated');
    this.#arm(entry);
  }

  /** The next probe, or the first or next announcement. */
  #detect(entry: Entry): void {
    const { apart, wait, announcements, announcementsApart } = scheduleOf(entry);
    if (entry.probesLeft > 0) {
      entry.probesLeft -= 1;
      this.#hooks.probe(entry.address);
      entry.detection.setIn(entry.probesLeft > 0 ? between(this.#random, ...apart) : wait);
      return;
    }
    if (entry.announcementsLeft === announcements) {
      this.#become(entry, entry.deprecated ? 'deprecated' : 'preferred');
    }
    if (entry.announcementsLeft === 0) return;
    entry.announcementsLeft -= 1;
    this.#hooks.announce(entry.address);
    if (entry.announcementsLeft > 0) entry.detection.setIn(announcementsApart);
  }

  #age(entry: Entry): void {
    if (entry.validUntil <= this.#clock.now) this.remove(entry.address);
    else {
      if (entry.state === 'preferred' && entry.deprecated) this.#become(entry, 'deprecated');
      this.#arm(entry);
    }
  }

  #arm(entry: Entry): void {
    const { now } = this.#clock;
    const next = entry.preferredUntil > now ? Math.min(entry.preferredUntil, entry.validUntil) : entry.validUntil;
    if (next === Number.POSITIVE_INFINITY) entry.lifetime.clear();
    else entry.lifetime.setAt(next);
  }

  #become(entry: Entry, state: AddressState): void {
    if (entry.state === state) return;
    entry.state = state;
    this.#hooks.onChange(entry);
  }
}
