/**
 * Neighbours of one interface: which Ethernet address an Internet address has, and whether it still answers. The states
 * are those of RFC 4861, section 7.3; ARP's entries live by the same rules, as RFC 1122, section 2.3.2.1, allows.
 */
import type { Clock, Timer } from '../environment/clock.ts';
import { between, type Random } from '../environment/random.ts';
import type { Address } from '../wire/address.ts';
import type { MacAddress } from '../wire/mac.ts';

export type NeighbourState = 'incomplete' | 'reachable' | 'stale' | 'delay' | 'probe' | 'failed';

/** A packet that waits for its neighbour to be found. */
export interface WaitingPacket {
  readonly length: number;
  /** Sends it; the neighbour's address is known now. */
  send(mac: MacAddress): void;
  /** The neighbour was not found. */
  fail(): void;
}

/** RFC 4861, section 10; milliseconds. */
const delayFirstProbe = 5000;
const solicitations = 3;
const interval = 1000;
const reachable = 30_000;
/** An entry that failed is remembered this long, so that senders learn of it at once. */
const failureMemory = 3000;
/** RFC 4861, section 7.2.2, asks for at least one; more hold the start of a burst. */
const mostWaiting = { packets: 16, bytes: 64 * 1024 } as const;
/** What a scan of the network, or a flood of forged messages, can make this host remember. */
const most = { entries: 1024, incomplete: 256 } as const;

export interface NeighbourProtocol {
  /** Asks for the owner of `address`: everybody, or the one at `mac` who is believed to be it. */
  solicit(address: Address, mac: MacAddress | undefined): void;
  onFailure(address: Address): void;
  onOverflow(): void;
}

export class Neighbour {
  readonly address: Address;
  mac: MacAddress | undefined;
  state: NeighbourState = 'incomplete';
  router = false;
  reachableUntil = 0;
  probes = 0;
  readonly waiting: WaitingPacket[] = [];
  readonly timer: Timer;

  constructor(address: Address, clock: Clock, onTimer: (neighbour: Neighbour) => void) {
    this.address = address;
    this.timer = clock.timer(() => onTimer(this));
  }
}

export class NeighbourCache {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #protocol: NeighbourProtocol;
  /** Least recently looked up first. */
  readonly #entries = new Map<Address, Neighbour>();
  /** Milliseconds; a router may change them (RFC 4861, section 6.3.4). */
  reachableTime: number = reachable;
  retransmitTime: number = interval;

  constructor(clock: Clock, random: Random, protocol: NeighbourProtocol) {
    this.#clock = clock;
    this.#random = random;
    this.#protocol = protocol;
  }

  /** Times as they are without a router. */
  resetTimes(): void {
    this.reachableTime = reachable;
    this.retransmitTime = interval;
  }

  get(address: Address): Neighbour | undefined {
    return this.#entries.get(address);
  }

  [Symbol.iterator](): Iterator<Neighbour> {
    return this.#entries.values();
  }

  /** The state as people should see it: reachability runs out without a timer. */
  stateOf(neighbour: Neighbour): NeighbourState {
    return neighbour.state === 'reachable' && this.#clock.now >= neighbour.reachableUntil ? 'stale' : neighbour.state;
  }

  /** Where packets to `neighbour` go now; undefined while that is not known. Using an old entry starts its probing. */
  use(neighbour: Neighbour): MacAddress | undefined {
    if (neighbour.state === 'reachable' && this.#clock.now < neighbour.reachableUntil) return neighbour.mac;
    if (neighbour.state === 'stale' || neighbour.state === 'reachable') {
      neighbour.state = 'delay';
      neighbour.timer.setIn(delayFirstProbe);
    }
    return neighbour.state === 'incomplete' || neighbour.state === 'failed' ? undefined : neighbour.mac;
  }

  /** The entry for an address that packets are to be sent to; made, and asked for, if there is none. */
  resolve(address: Address): Neighbour {
    const present = this.#entries.get(address);
    if (present !== undefined) {
      this.#entries.delete(address);
      this.#entries.set(address, present);
      return present;
    }
    const neighbour = this.#create(address);
    this.#ask(neighbour);
    return neighbour;
  }

  /** Lets a packet wait for its neighbour. The oldest gives way when there are too many. */
  wait(neighbour: Neighbour, packet: WaitingPacket): void {
    if (neighbour.state === 'failed') {
      packet.fail();
      return;
    }
    neighbour.waiting.push(packet);
    let bytes = neighbour.waiting.reduce((total, { length }) => total + length, 0);
    while (neighbour.waiting.length > mostWaiting.packets || bytes > mostWaiting.bytes) {
      const dropped = neighbour.waiting.shift();
      if (dropped === undefined) return;
      bytes -= dropped.length;
      this.#protocol.onOverflow();
    }
  }

  /**
   * Somebody said that `address` is at `mac`.
   * @param solicited it was an answer to us, so it is reachable in both directions
   * @param override whether a known address is replaced
   * @param create make an entry if there is none
   * @returns undefined when the message changes nothing: it is about somebody unknown, or contradicts what is known
   */
  learn(
    address: Address,
    mac: MacAddress,
    { solicited, override, create }: { solicited: boolean; override: boolean; create: boolean },
  ): Neighbour | undefined {
    const neighbour = this.#entries.get(address) ?? (create ? this.#create(address) : undefined);
    if (neighbour === undefined) return undefined;
    const known = neighbour.state !== 'incomplete' && neighbour.state !== 'failed' ? neighbour.mac : undefined;
    if (known !== undefined && known !== mac && !override) {
      // RFC 4861, section 7.2.5: a doubt, no more.
      if (neighbour.state === 'reachable') neighbour.state = 'stale';
      return undefined;
    }
    neighbour.mac = mac;
    if (solicited) this.#reached(neighbour);
    else if (known !== mac) {
      neighbour.state = 'stale';
      neighbour.timer.clear();
    }
    if (known === undefined) this.#release(neighbour, mac);
    return neighbour;
  }

  /** A protocol above has heard from the neighbour: RFC 4861, section 7.3.1. */
  confirm(neighbour: Neighbour): void {
    // Every acknowledgement says so; once in a while is enough.
    const fresh = neighbour.reachableUntil - this.#clock.now > this.reachableTime / 4;
    if (neighbour.state === 'reachable' && fresh) return;
    if (neighbour.mac !== undefined && neighbour.state !== 'incomplete' && neighbour.state !== 'failed') {
      this.#reached(neighbour);
    }
  }

  /** A protocol above does not get through: ask at once. */
  doubt(neighbour: Neighbour): void {
    if (neighbour.state === 'reachable' || neighbour.state === 'stale' || neighbour.state === 'delay') {
      this.#probe(neighbour);
    }
  }

  forget(address: Address): void {
    const neighbour = this.#entries.get(address);
    if (neighbour === undefined) return;
    neighbour.timer.clear();
    // Whoever holds on to the entry asks for a new one.
    neighbour.state = 'failed';
    this.#entries.delete(address);
    for (const packet of neighbour.waiting.splice(0)) packet.fail();
  }

  /** The link is another one, or was gone. */
  clear(): void {
    for (const address of [...this.#entries.keys()]) this.forget(address);
  }

  #create(address: Address): Neighbour {
    this.#makeRoom();
    const neighbour = new Neighbour(address, this.#clock, (each) => this.#onTimer(each));
    this.#entries.set(address, neighbour);
    return neighbour;
  }

  /** Entries that were never answered go first, then those that nobody uses, then those that were not asked for longest. */
  #makeRoom(): void {
    const all = [...this.#entries.values()];
    const unanswered = all.filter(({ mac }) => mac === undefined);
    if (unanswered.length < most.incomplete && all.length < most.entries) return;
    const victim = unanswered[0] ?? all.find((each) => this.stateOf(each) === 'stale') ?? all[0];
    if (victim !== undefined) this.forget(victim.address);
  }

  #reached(neighbour: Neighbour): void {
    neighbour.state = 'reachable';
    neighbour.probes = 0;
    neighbour.timer.clear();
    // RFC 4861, section 6.3.2: random, so that hosts do not probe in step.
    neighbour.reachableUntil = this.#clock.now + this.reachableTime * between(this.#random, 0.5, 1.5);
  }

  #ask(neighbour: Neighbour): void {
    neighbour.probes += 1;
    this.#protocol.solicit(neighbour.address, neighbour.state === 'probe' ? neighbour.mac : undefined);
    neighbour.timer.setIn(this.retransmitTime);
  }

  #probe(neighbour: Neighbour): void {
    neighbour.state = 'probe';
    neighbour.probes = 0;
    this.#ask(neighbour);
  }

  #onTimer(neighbour: Neighbour): void {
    if (neighbour.state === 'delay') this.#probe(neighbour);
    else if (neighbour.state === 'failed') this.forget(neighbour.address);
    else if (neighbour.probes < solicitations) this.#ask(neighbour);
    else this.#fail(neighbour);
  }

  #fail(neighbour: Neighbour): void {
    neighbour.state = 'failed';
    neighbour.mac = undefined;
    neighbour.timer.setIn(failureMemory);
    for (const packet of neighbour.waiting.splice(0)) packet.fail();
    this.#protocol.onFailure(neighbour.address);
  }

  #release(neighbour: Neighbour, mac: MacAddress): void {
    for (const packet of neighbour.waiting.splice(0)) packet.send(mac);
    if (neighbour.state === 'incomplete') neighbour.state = 'stale';
  }
}
