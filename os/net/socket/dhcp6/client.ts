/** The client of DHCP for IPv6: RFC 8415, section 18.2, as a state machine without I/O. */
import type { LeaseStatus } from '../../../sockets/status.ts';
import type { Clock, Timer } from '../../environment/clock.ts';
import { below, type Random } from '../../environment/random.ts';
import { formatAddress } from '../../wire/address.ts';
import {
  type Dhcp6Message,
  dhcp6Option,
  dhcp6Options,
  dhcp6Status,
  dhcp6Types,
  parseDhcp6,
  readDhcp6Status,
} from '../../wire/dhcp6.ts';
import type { MacAddress } from '../../wire/mac.ts';
import {
  associationOf,
  type Dhcp6Information,
  type Dhcp6Lease,
  informationOf,
  leaseEnd,
  limitOf,
  preferenceOf,
  renewalTimes,
  usableAddresses,
} from './lease.ts';
import { clientMessage, type Dhcp6Exchange, duidOf } from './messages.ts';
import { Retransmission, retransmissionTerms } from './retransmission.ts';

export interface Dhcp6Events {
  /** New addresses, or new terms of those in use. */
  onLease(lease: Dhcp6Lease): void;
  /** Stateless: what is true for the link. */
  onInformation(information: Dhcp6Information): void;
  /** The addresses must not be used any more. Others are already being looked for. */
  onLost(reason: 'expired' | 'not-on-link' | 'withdrawn' | 'declined'): void;
}

export interface Dhcp6Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly mac: MacAddress;
  /** Default: DUID-LL of the Ethernet address. */
  readonly duid?: Uint8Array;
  /** To ff02::1:2, from the link-local address and port 546 to port 547. */
  readonly send: (message: Uint8Array) => void;
  readonly events: Dhcp6Events;
}

export type Dhcp6Mode = 'stateful' | 'stateless';

/** `down`: started, but there is no carrier. `waiting`: servers contradict themselves. `informed`: stateless, all is known. */
type State = 'stopped' | 'down' | 'waiting' | 'bound' | 'informed' | Dhcp6Exchange;

/**
 * Milliseconds that advertisements are collected after the first. Section 18.2.1 would collect for the whole first second;
 * a link with several servers is rare, and booting waits.
 */
const collection = 100;

/** Milliseconds before the next try when a server refuses what it has offered. */
const refusalDelay = (refusals: number): number => Math.min(120_000, 1000 * 2 ** (refusals - 1));

const isExchange = (state: State): state is Dhcp6Exchange => state in retransmissionTerms;

export class Dhcp6Client {
  readonly #environment: Dhcp6Environment;
  readonly #duid: Uint8Array;
  readonly #associationId: number;
  /** The next thing to do in this state. */
  readonly #timer: Timer;
  readonly #collectionTimer: Timer;
  readonly #expiryTimer: Timer;
  #state: State = 'stopped';
  #mode: Dhcp6Mode = 'stateful';
  #carrier = true;
  #lease: Dhcp6Lease | undefined;
  /** The best advertisement, as the lease that it promises. */
  #offer: { readonly lease: Dhcp6Lease; readonly preference: number } | undefined;
  #retransmission: Retransmission;
  #transaction = 0;
  #sentAt = 0;
  #refusals = 0;
  /** Seconds; servers may change them. */
  #solicitMaximum: number = retransmissionTerms.soliciting.longest;
  #informationMaximum: number = retransmissionTerms.informing.longest;

  constructor(environment: Dhcp6Environment) {
    const { clock, mac, random, duid } = environment;
    this.#environment = environment;
    this.#duid = duid ?? duidOf(mac);
    this.#associationId = mac.charCodeAt(1) * 65536 + mac.charCodeAt(2);
    this.#timer = clock.timer(() => this.#due());
    this.#collectionTimer = clock.timer(() => this.#request());
    this.#expiryTimer = clock.timer(() => this.#lose('expired'));
    this.#retransmission = new Retransmission(retransmissionTerms.soliciting, random, clock.now);
  }

  /** Begins as a router's advertisement says: with addresses (M flag), or only with information (O flag). */
  start(mode: Dhcp6Mode): void {
    if (this.#state !== 'stopped') {
      if (this.#mode === mode && this.#state !== 'releasing') return;
      this.stop();
    }
    this.#mode = mode;
    this.#refusals = 0;
    this.#state = 'down';
    if (this.#carrier) this.#begin();
  }

  /** Ends without a word to the server. */
  stop(): void {
    this.#state = 'stopped';
    this.#setLease(undefined);
    this.#quiet();
  }

  linkDown(): void {
    this.#carrier = false;
    if (this.#state === 'stopped') return;
    if (this.#state === 'releasing') this.stop();
    else {
      this.#quiet();
      this.#state = 'down';
    }
  }

  /** The carrier is back, maybe on another link: section 18.2.12. */
  linkUp(): void {
    this.#carrier = true;
    if (this.#state === 'down') this.#begin();
  }

  /** Gives the addresses back, which must not be used any more from now on, and stops when the server has heard it. */
  release(): void {
    if (this.#lease === undefined || !this.#carrier || this.#state === 'declining') this.stop();
    else if (this.#state !== 'releasing') {
      this.#expiryTimer.clear();
      this.#enter('releasing');
    }
  }

  /** Somebody else has an address: section 18.2.8. */
  decline(): void {
    if (this.#lease === undefined || this.#state === 'releasing' || this.#state === 'declining') return;
    this.#expiryTimer.clear();
    if (this.#carrier) this.#enter('declining');
    else this.#setLease(undefined);
    this.#environment.events.onLost('declined');
  }

  /** A datagram came to port 546. */
  receive(payload: Uint8Array): void {
    if (!isExchange(this.#state)) return;
    const message = parseDhcp6(payload);
    if (message === undefined || message.transaction !== this.#transaction) return;
    const server = dhcp6Option(message.options, dhcp6Options.serverId);
    const client = dhcp6Option(message.options, dhcp6Options.clientId);
    // Section 16: both identifiers must be there, and the client's be ours; not for answers to an Information-request.
    if (server === undefined || server.length < 3) return;
    if (client === undefined ? this.#state !== 'informing' : !sameBytes(client, this.#duid)) return;
    this.#solicitMaximum = limitOf(message, dhcp6Options.solicitMaximum) ?? this.#solicitMaximum;
    this.#informationMaximum = limitOf(message, dhcp6Options.informationMaximum) ?? this.#informationMaximum;
    if (message.type === dhcp6Types.advertise && this.#state === 'soliciting') this.#advertised(message, server);
    else if (message.type === dhcp6Types.reply) this.#replied(message, server);
  }

  status(): LeaseStatus {
    const lease = this.#state === 'releasing' || this.#state === 'declining' ? undefined : this.#lease;
    const now = this.#environment.clock.now;
    const left = (moment: number) => (Number.isFinite(moment) ? Math.max(0, Math.round((moment - now) / 1000)) : null);
    const [first] = lease?.addresses ?? [];
    return {
      protocol: 'dhcp6',
      state: this.#state,
      server: lease === undefined ? null : lease.server.toHex(),
      address: first === undefined ? null : formatAddress(first.address),
      renewIn: lease === undefined ? null : left(lease.acquiredAt + 1000 * lease.t1),
      rebindIn: lease === undefined ? null : left(lease.acquiredAt + 1000 * lease.t2),
      expiresIn: lease === undefined ? null : left(leaseEnd(lease)),
    };
  }

  /** At once: section 18.2.1 would wait up to a second first, for links where all machines start together. */
  #begin(): void {
    if (this.#mode === 'stateless') this.#enter('informing');
    else this.#enter(this.#lease === undefined ? 'soliciting' : 'confirming');
  }

  #enter(exchange: Dhcp6Exchange): void {
    const { clock, random } = this.#environment;
    if (exchange === 'soliciting') this.#offer = undefined;
    this.#collectionTimer.clear();
    this.#state = exchange;
    this.#transaction = below(random, 2 ** 24);
    const terms = retransmissionTerms[exchange];
    const longest = { soliciting: this.#solicitMaximum, informing: this.#informationMaximum } as const;
    const limit = exchange === 'soliciting' || exchange === 'informing' ? longest[exchange] : terms.longest;
    this.#retransmission = new Retransmission({ ...terms, longest: limit }, random, clock.now);
    this.#transmit();
  }

  #transmit(): void {
    if (!isExchange(this.#state)) return;
    const { clock, send } = this.#environment;
    const again = this.#retransmission.next(clock.now);
    const end = this.#state === 'renewing' && this.#lease ? this.#lease.acquiredAt + 1000 * this.#lease.t2 : Infinity;
    this.#timer.setAt(Math.min(again, end));
    this.#sentAt = clock.now;
    const source = this.#state === 'requesting' ? this.#offer?.lease : this.#lease;
    const message = clientMessage({
      exchange: this.#state,
      transaction: this.#transaction,
      duid: this.#duid,
      server: source?.server,
      associationId: this.#associationId,
      addresses: source?.addresses ?? [],
      elapsed: clock.now - this.#retransmission.began,
    });
    send(message);
  }

  #due(): void {
    const { now } = this.#environment.clock;
    const lease = this.#lease;
    if (this.#state === 'waiting') this.#enter('soliciting');
    else if (this.#state === 'informed') this.#enter('informing');
    else if (this.#state === 'bound') this.#resume();
    else if (this.#state === 'renewing' && lease && now >= lease.acquiredAt + 1000 * lease.t2) this.#enter('rebinding');
    else if (this.#state === 'soliciting' && this.#offer !== undefined) this.#request();
    else if (this.#retransmission.exhausted(now)) this.#exhausted();
    else this.#transmit();
  }

  #exhausted(): void {
    if (this.#state === 'requesting') this.#enter('soliciting');
    // Section 18.2.3: nobody contradicts, so the addresses are used on.
    else if (this.#state === 'confirming') this.#resume();
    else this.#released();
  }

  /** The server knows, or will not: of a released or declined lease. */
  #released(): void {
    if (this.#state === 'declining') {
      this.#setLease(undefined);
      this.#enter('soliciting');
    } else this.stop();
  }

  #advertised(message: Dhcp6Message, server: Uint8Array): void {
    const lease = this.#leaseIn(message, server);
    if (lease === undefined) return;
    const preference = preferenceOf(message);
    if (this.#offer === undefined || preference > this.#offer.preference) this.#offer = { lease, preference };
    // Section 18.2.1: nobody can be better than 255, and after the first round the first one is good enough.
    if (this.#offer.preference === 255 || this.#retransmission.sent > 1) this.#request();
    else if (this.#collectionTimer.deadline === Number.POSITIVE_INFINITY) this.#collectionTimer.setIn(collection);
  }

  #request(): void {
    if (this.#state === 'soliciting' && this.#offer !== undefined) this.#enter('requesting');
  }

  #replied(message: Dhcp6Message, server: Uint8Array): void {
    switch (this.#state) {
      case 'informing':
        this.#informed(informationOf(message));
        return;
      case 'releasing':
      case 'declining':
        this.#released();
        return;
      case 'confirming':
        if (readDhcp6Status(message.options) === dhcp6Status.notOnLink) this.#lose('not-on-link');
        else this.#resume();
        return;
      case 'soliciting':
        if (dhcp6Option(message.options, dhcp6Options.rapidCommit) !== undefined) this.#granted(message, server);
        return;
      case 'requesting':
        if (this.#offer !== undefined && sameBytes(server, this.#offer.lease.server)) this.#granted(message, server);
        return;
      case 'renewing':
      case 'rebinding':
        this.#granted(message, server);
    }
  }

  #informed(information: Dhcp6Information): void {
    this.#quiet();
    this.#state = 'informed';
    if (information.refreshTime !== Number.POSITIVE_INFINITY) this.#timer.setIn(1000 * information.refreshTime);
    this.#environment.events.onInformation(information);
  }

  /** Sections 18.2.10.1: a lease, or why there is none. */
  #granted(message: Dhcp6Message, server: Uint8Array): void {
    const lease = this.#leaseIn(message, server);
    if (lease !== undefined) {
      this.#quiet();
      this.#refusals = 0;
      this.#setLease(lease);
      this.#resume();
      this.#environment.events.onLease(lease);
      return;
    }
    const association = associationOf(message, this.#associationId);
    const status = readDhcp6Status(message.options) || (association?.status ?? dhcp6Status.success);
    const refused = status === dhcp6Status.noAddressesAvailable || status === dhcp6Status.notOnLink;
    if (this.#state === 'requesting' && refused) this.#wait();
    else if (this.#state === 'renewing' || this.#state === 'rebinding') {
      if (status === dhcp6Status.noBinding) this.#bindAgain(server);
      else if (status === dhcp6Status.notOnLink) this.#lose('not-on-link');
      else if (this.#withdraws(association?.addresses ?? [])) this.#lose('withdrawn');
    }
    // Whatever else it is, the message is said again when its time comes.
  }

  /** The server has forgotten the addresses: it is asked for them as for new ones. */
  #bindAgain(server: Uint8Array): void {
    if (this.#lease === undefined) return;
    this.#offer = { lease: { ...this.#lease, server }, preference: 0 };
    this.#enter('requesting');
  }

  /** Whether the server says of every address that it is valid no more. */
  #withdraws(answer: Dhcp6Lease['addresses']): boolean {
    const gone = answer.filter(({ validLifetime }) => validLifetime === 0).map(({ address }) => address);
    return this.#lease?.addresses.every(({ address }) => gone.includes(address)) ?? false;
  }

  #leaseIn(message: Dhcp6Message, server: Uint8Array): Dhcp6Lease | undefined {
    const association = associationOf(message, this.#associationId);
    if (association === undefined || association.status !== dhcp6Status.success) return undefined;
    if (readDhcp6Status(message.options) !== dhcp6Status.success) return undefined;
    const addresses = usableAddresses(association);
    if (addresses.length === 0) return undefined;
    const times = renewalTimes(association, addresses);
    return { addresses, ...times, acquiredAt: this.#sentAt, server, information: informationOf(message) };
  }

  /** Goes on with the lease where its times say: waiting for T1, or in the middle of renewing or rebinding. */
  #resume(): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    const age = (this.#environment.clock.now - lease.acquiredAt) / 1000;
    if (age >= lease.t2) this.#enter('rebinding');
    else if (age >= lease.t1) this.#enter('renewing');
    else {
      this.#quiet();
      this.#state = 'bound';
      if (lease.t1 !== Number.POSITIVE_INFINITY) this.#timer.setAt(lease.acquiredAt + 1000 * lease.t1);
    }
  }

  #wait(): void {
    this.#quiet();
    this.#state = 'waiting';
    this.#timer.setIn(refusalDelay(++this.#refusals));
  }

  #quiet(): void {
    this.#timer.clear();
    this.#collectionTimer.clear();
  }

  #setLease(lease: Dhcp6Lease | undefined): void {
    this.#lease = lease;
    const end = lease === undefined ? Number.POSITIVE_INFINITY : leaseEnd(lease);
    if (end === Number.POSITIVE_INFINITY) this.#expiryTimer.clear();
    else this.#expiryTimer.setAt(end);
  }

  #lose(reason: 'expired' | 'not-on-link' | 'withdrawn'): void {
    this.#setLease(undefined);
    if (this.#state !== 'down') this.#enter('soliciting');
    this.#environment.events.onLost(reason);
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
