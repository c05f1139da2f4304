/** Addresses of one interface from the prefixes that routers advertise: RFC 4862, section 5.5; RFC 7217; RFC 8981. */
import type { Clock } from '../environment/clock.ts';
import { between, type Random } from '../environment/random.ts';
import { type Address, combine, networkOf } from '../wire/address.ts';
import type { PrefixInformation } from '../wire/ndp.ts';
import type { HostAddress } from './address-table.ts';
import type { Interface } from './interface.ts';

/** How an interface gets its IPv6 addresses. */
export interface AutoconfigurationPlan {
  /** The host's part of addresses under a prefix (RFC 7217); `attempt` counts duplicates. */
  interfaceIdentifier(prefix: Address, attempt: number): Address;
  /** Make temporary addresses too: RFC 8981. */
  readonly temporary: boolean;
}

interface Temporary {
  readonly address: Address;
  /** Until when routers can prolong it. */
  readonly validLimit: number;
  readonly preferredLimit: number;
}

/** RFC 4862, section 5.5.3 (e). */
const twoHours = 7_200_000;
/** RFC 8981, section 3.8: a day and a week. */
const temporaryLifetime = { preferred: 86_400_000, valid: 604_800_000 } as const;
/** IDGEN_RETRIES: RFC 7217, section 7. */
const mostAttempts = 3;
/** Addresses of one link, and prefixes remembered of it, beyond which advertisements are ignored or forgotten. */
const most = { addresses: 16, prefixes: 64 } as const;

export class Autoconfiguration {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #on: Interface;
  readonly #plan: AutoconfigurationPlan;
  /** Duplicates by prefix. */
  readonly #attempts = new Map<Address, number>();
  /** The newest by prefix. */
  readonly #temporaries = new Map<Address, Temporary>();

  constructor(clock: Clock, random: Random, on: Interface, plan: AutoconfigurationPlan) {
    this.#clock = clock;
    this.#random = random;
    this.#on = on;
    this.#plan = plan;
  }

  /** A router says that addresses may be made of this prefix. */
  advertised(information: PrefixInformation): void {
    const { validFor, preferredFor, length } = information;
    // RFC 4862, section 5.5.3 (c) and (d): identifiers have 64 bits.
    if (preferredFor > validFor || length !== 64) return;
    const prefix = networkOf(information.prefix, length);
    this.#stable(prefix, information);
    if (this.#plan.temporary) this.#temporary(prefix, information);
  }

  /** An address that came from a prefix turned out to be somebody else's: another one is tried. RFC 7217, section 6. */
  duplicate({ address, temporary, validUntil, preferredUntil }: HostAddress): void {
    const prefix = networkOf(address, 64);
    this.#on.addresses.remove(address);
    if (temporary === true) {
      // The next advertisement brings a new one: a number that is drawn is never drawn again.
      this.#temporaries.delete(prefix);
      return;
    }
    const attempt = (this.#attempts.get(prefix) ?? 0) + 1;
    remember(this.#attempts, prefix, attempt);
    if (attempt <= mostAttempts) this.#add(this.#address(prefix, attempt), validUntil, preferredUntil, false);
  }

  #stable(prefix: Address, { validFor, preferredFor }: PrefixInformation): void {
    const attempt = this.#attempts.get(prefix) ?? 0;
    if (attempt > mostAttempts) return;
    const address = this.#address(prefix, attempt);
    const present = this.#on.addresses.get(address);
    const { now } = this.#clock;
    if (present?.state === 'duplicate') return;
    if (present === undefined && (validFor === 0 || this.#isFull())) return;
    const remaining = present === undefined ? 0 : present.validUntil - now;
    // Section 5.5.3 (e): nobody can take an address away from one moment to the next.
    const honest = validFor * 1000 > twoHours || validFor * 1000 > remaining;
    const valid = honest ? validFor * 1000 : Math.min(remaining, twoHours);
    this.#add(address, now + valid, now + Math.min(valid, preferredFor * 1000), false);
  }

  /** RFC 8981, section 3.4: routers prolong it up to its limits; before it is deprecated for good there is a new one. */
  #temporary(prefix: Address, { validFor, preferredFor }: PrefixInformation): void {
    const { now } = this.#clock;
    const [validUntil, preferredUntil] = [now + validFor * 1000, now + preferredFor * 1000];
    const current = this.#temporaries.get(prefix);
    const state = current === undefined ? undefined : this.#on.addresses.get(current.address)?.state;
    if (current !== undefined && state !== undefined && now < current.preferredLimit) {
      this.#prolong(current, validUntil, preferredUntil);
      return;
    }
    if (preferredFor === 0 || this.#isFull()) return;
    const made: Temporary = {
      address: combine(prefix, 64, this.#randomIdentifier()),
      validLimit: now + temporaryLifetime.valid,
      preferredLimit: now + temporaryLifetime.preferred * between(this.#random, 0.6, 1),
    };
    remember(this.#temporaries, prefix, made);
    this.#prolong(made, validUntil, preferredUntil);
  }

  #prolong({ address, validLimit, preferredLimit }: Temporary, validUntil: number, preferredUntil: number): void {
    const present = this.#on.addresses.get(address);
    if (present?.state === 'duplicate') return;
    // As with stable ones: not from one moment to the next.
    const least = present === undefined ? 0 : Math.min(present.validUntil, this.#clock.now + twoHours);
    const valid = Math.min(validLimit, Math.max(validUntil, least));
    this.#add(address, valid, Math.min(valid, preferredLimit, preferredUntil), true);
  }

  #address(prefix: Address, attempt: number): Address {
    return combine(prefix, 64, this.#plan.interfaceIdentifier(prefix, attempt));
  }

  #randomIdentifier(): Address {
    const units = Array.from({ length: 4 }, () => this.#random.uint32() & 0xffff);
    return `\0\0\0\0${String.fromCharCode(...units)}` as Address;
  }

  #add(address: Address, validUntil: number, preferredUntil: number, temporary: boolean): void {
    const spec = { address, prefixLength: 64, origin: 'slaac', validUntil, preferredUntil, temporary } as const;
    this.#on.addresses.add(spec);
  }

  #isFull(): boolean {
    return [...this.#on.addresses].filter(({ origin }) => origin === 'slaac').length >= most.addresses;
  }
}

/** The prefix that was remembered first gives way when there are too many. */
function remember<Value>(map: Map<Address, Value>, prefix: Address, value: Value): void {
  map.delete(prefix);
  map.set(prefix, value);
  const [oldest] = map.keys();
  if (map.size > most.prefixes && oldest !== undefined) map.delete(oldest);
}
