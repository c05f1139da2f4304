/** The client of DHCP for IPv4: RFC 2131, section 4.4, figure 5, as a state machine without I/O. */

import type { LeaseStatus } from '../../../sockets/status.ts';
import type { Clock, Timer } from '../../environment/clock.ts';
import type { Random } from '../../environment/random.ts';
import { type Address, formatAddress, readIpv4, unspecified4 } from '../../wire/address.ts';
import { type Dhcp4Message, dhcp4Options, dhcp4Types, parseDhcp4 } from '../../wire/dhcp4.ts';
import type { MacAddress } from '../../wire/mac.ts';
import { type Dhcp4Lease, leaseOf, type PreviousLease } from './lease.ts';
import { type ClientMessage, clientMessage } from './messages.ts';
import {
  declinePatience,
  discoveryDelay,
  mostRequests,
  offerPatience,
  rebootDelays,
  refusalDelay,
  renewalDelay,
} from './retransmission.ts';

/** Where a message goes, and the address that it is sent from: 0.0.0.0 as long as there is none. */
export type Dhcp4Destination =
  | { readonly kind: 'broadcast'; readonly source: Address }
  | { readonly kind: 'unicast'; readonly server: Address; readonly source: Address };

export interface Dhcp4Events {
  /** A new lease, or new terms of the one that is in use; the address may be another one. */
  onLease(lease: Dhcp4Lease): void;
  /** The address must not be used any more. Another one is already being looked for. */
  onLost(reason: 'expired' | 'nak' | 'declined'): void;
  /** Nobody has answered for some seconds. The search goes on. Once for each search. */
  onNoServer(): void;
}

export interface Dhcp4Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly mac: MacAddress;
  /** The name that the server is told; the empty text is none. */
  readonly hostname: () => string;
  /** From port 68 to port 67. */
  readonly send: (message: Uint8Array, to: Dhcp4Destination) => void;
  readonly events: Dhcp4Events;
}

/** `down`: started, but there is no carrier. `waiting`: after a refusal. The others are RFC 2131's. */
type State =
  | 'stopped'
  | 'down'
  | 'waiting'
  | 'selecting'
  | 'requesting'
  | 'rebooting'
  | 'bound'
  | 'renewing'
  | 'rebinding';

/** In which states an acknowledgement or a refusal answers something. */
const expectsAnswer: ReadonlySet<State> = new Set(['requesting', 'rebooting', 'renewing', 'rebinding']);

export class Dhcp4Client {
  readonly #environment: Dhcp4Environment;
  /** The next thing to do in this state. */
  readonly #timer: Timer;
  /** The best offer has waited long enough. */
  readonly #offerTimer: Timer;
  /** The lease in use ends. */
  readonly #expiryTimer: Timer;
  #state: State = 'stopped';
  #carrier = true;
  /** In use. It stays so while another one is looked for, until it expires or is refused. */
  #lease: Dhcp4Lease | undefined;
  #previous: PreviousLease | undefined;
  #offer: Dhcp4Lease | undefined;
  #transaction = 0;
  #attempt = 0;
  #began = 0;
  #sentAt = 0;
  #refusals = 0;
  #reportedNoServer = false;

  constructor(environment: Dhcp4Environment) {
    this.#environment = environment;
    this.#timer = environment.clock.timer(() => this.#due());
    this.#offerTimer = environment.clock.timer(() => this.#request());
    this.#expiryTimer = environment.clock.timer(() => this.#expired());
  }

  /** Begins. With an earlier lease its confirmation is tried first. */
  start(previous?: PreviousLease): void {
    if (this.#state !== 'stopped') return;
    this.#previous = previous;
    this.#refusals = 0;
    this.#state = 'down';
    if (this.#carrier) this.#begin();
  }

  /** Ends without a word to the server. */
  stop(): void {
    this.#state = 'stopped';
    this.#setLease(undefined);
    this.#previous = undefined;
    this.#quiet();
  }

  linkDown(): void {
    this.#carrier = false;
    if (this.#state === 'stopped') return;
    this.#quiet();
    this.#state = 'down';
  }

  /** The carrier is back, maybe on another network: the server is asked whether the lease is good there. */
  linkUp(): void {
    this.#carrier = true;
    if (this.#state === 'down') this.#begin();
  }

  /** Somebody else has the address. RFC 2131, section 3.1, step 5. */
  decline(): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    this.#newTransaction();
    this.#say({ type: 'decline', requestedAddress: lease.address, server: lease.server }, undefined);
    this.#setLease(undefined);
    this.#previous = undefined;
    this.#wait(declinePatience);
    this.#environment.events.onLost('declined');
  }

  /** Gives the lease back, and stops. */
  release(): void {
    const lease = this.#lease;
    if (lease !== undefined && this.#carrier) {
      this.#newTransaction();
      this.#say({ type: 'release', clientAddress: lease.address, server: lease.server }, lease.server);
    }
    this.stop();
  }

  /** A datagram came to port 68. */
  receive(payload: Uint8Array, from: Address): void {
    const message = parseDhcp4(payload);
    if (message?.operation !== 'reply' || message.transaction !== this.#transaction) return;
    if (message.mac !== this.#environment.mac) return;
    const type = message.options.get(dhcp4Options.messageType);
    if (type?.length !== 1) return;
    const rapid = message.options.has(dhcp4Options.rapidCommit);
    if (this.#state === 'selecting') {
      if (type[0] === dhcp4Types.offer) this.#offered(message);
      else if (type[0] === dhcp4Types.ack && rapid) this.#acknowledged(message, from);
    } else if (expectsAnswer.has(this.#state)) {
      if (this.#isFromAnotherServer(message)) return;
      if (type[0] === dhcp4Types.ack) this.#acknowledged(message, from);
      else if (type[0] === dhcp4Types.nak) this.#refused();
    }
  }

  status(): LeaseStatus {
    const lease = this.#lease;
    const now = this.#environment.clock.now;
    const left = (after: number | undefined) => {
      if (lease === undefined || after === undefined || after === Number.POSITIVE_INFINITY) return null;
      return Math.max(0, Math.round((lease.acquiredAt - now) / 1000 + after));
    };
    return {
      protocol: 'dhcp4',
      state: this.#state,
      server: lease === undefined ? null : formatAddress(lease.server),
      address: lease === undefined ? null : formatAddress(lease.address),
      renewIn: left(lease?.t1),
      rebindIn: left(lease?.t2),
      expiresIn: left(lease?.leaseTime),
    };
  }

  #begin(): void {
    this.#reportedNoServer = false;
    if (this.#lease === undefined && this.#previous === undefined) {
      this.#discover();
      return;
    }
    this.#enter('rebooting');
    this.#transmit();
  }

  /** At once: RFC 2131, section 4.4.1, would wait up to ten seconds first, for networks where all machines start together. */
  #discover(): void {
    this.#offer = undefined;
    this.#offerTimer.clear();
    this.#enter('selecting');
    this.#transmit();
  }

  #enter(state: State): void {
    this.#state = state;
    this.#attempt = 0;
    this.#began = this.#environment.clock.now;
    this.#newTransaction();
  }

  #wait(delay: number): void {
    this.#quiet();
    this.#state = 'waiting';
    this.#timer.setIn(delay);
  }

  #newTransaction(): void {
    this.#transaction = this.#environment.random.uint32();
  }

  #quiet(): void {
    this.#timer.clear();
    this.#offerTimer.clear();
    this.#offer = undefined;
  }

  /** Says what this state has to say, and when it will say it again. */
  #transmit(): void {
    const { clock, random } = this.#environment;
    const attempt = this.#attempt++;
    const lease = this.#lease;
    const known = lease ?? this.#previous;
    switch (this.#state) {
      case 'selecting':
        this.#timer.setIn(discoveryDelay(attempt, random));
        this.#say({ type: 'discover', requestedAddress: known?.address }, undefined);
        if (attempt >= 2 && this.#state === 'selecting' && lease === undefined) this.#noServer();
        return;
      case 'requesting':
        this.#timer.setIn(discoveryDelay(attempt, random));
        this.#say({ type: 'request', requestedAddress: this.#offer?.address, server: this.#offer?.server }, undefined);
        return;
      case 'rebooting':
        this.#timer.setIn(rebootDelays[attempt] ?? 0);
        this.#say({ type: 'request', requestedAddress: known?.address }, undefined);
        return;
      case 'renewing':
      case 'rebinding': {
        if (lease === undefined) return;
        const deadline = lease.acquiredAt + 1000 * (this.#state === 'renewing' ? lease.t2 : lease.leaseTime);
        const again = clock.now + renewalDelay(clock.now, deadline, lease.leaseTime);
        this.#timer.setAt(this.#state === 'renewing' ? Math.min(again, deadline) : again);
        const server = this.#state === 'renewing' ? lease.server : undefined;
        this.#say({ type: 'request', clientAddress: lease.address }, server);
      }
    }
  }

  #due(): void {
    const { clock } = this.#environment;
    switch (this.#state) {
      case 'requesting':
        if (this.#attempt >= mostRequests) this.#discover();
        else this.#transmit();
        return;
      case 'rebooting':
        // Silence may mean a server that knows nothing of us. A lease in use stays so while another one is looked for.
        if (this.#attempt >= rebootDelays.length) this.#discover();
        else this.#transmit();
        return;
      case 'waiting':
        this.#discover();
        return;
      case 'bound':
        this.#enter('renewing');
        this.#transmit();
        return;
      case 'renewing':
        if (this.#lease !== undefined && clock.now >= this.#lease.acquiredAt + 1000 * this.#lease.t2) {
          this.#enter('rebinding');
        }
        this.#transmit();
        return;
      case 'selecting':
      case 'rebinding':
        this.#transmit();
    }
  }

  #say(
    message: Pick<ClientMessage, 'type' | 'clientAddress' | 'requestedAddress' | 'server'>,
    to: Address | undefined,
  ) {
    const { clock, mac, hostname, send } = this.#environment;
    this.#sentAt = clock.now;
    const seconds = Math.floor((clock.now - this.#began) / 1000);
    const source = message.clientAddress ?? unspecified4;
    const bytes = clientMessage({ ...message, transaction: this.#transaction, seconds, mac, hostname: hostname() });
    send(bytes, to === undefined ? { kind: 'broadcast', source } : { kind: 'unicast', server: to, source });
  }

  #noServer(): void {
    if (this.#reportedNoServer) return;
    this.#reportedNoServer = true;
    this.#environment.events.onNoServer();
  }

  /** The first offer is taken, unless it leads nowhere: then others, and the server of old, have a moment to do better. */
  #offered(message: Dhcp4Message): void {
    const offer = leaseOf(message, this.#sentAt);
    if (offer === undefined) return;
    if (this.#offer === undefined || this.#worth(offer) > this.#worth(this.#offer)) this.#offer = offer;
    if (this.#offer.routes.length > 0) this.#request();
    else if (this.#offerTimer.deadline === Number.POSITIVE_INFINITY) this.#offerTimer.setIn(offerPatience);
  }

  #worth(offer: Dhcp4Lease): number {
    const known = this.#lease ?? this.#previous;
    return (offer.routes.length > 0 ? 2 : 0) + (offer.server === known?.server ? 1 : 0);
  }

  #request(): void {
    this.#offerTimer.clear();
    if (this.#state !== 'selecting' || this.#offer === undefined) return;
    // RFC 2131, section 4.4.1: the request continues the transaction of the offer.
    this.#state = 'requesting';
    this.#attempt = 0;
    this.#transmit();
  }

  #isFromAnotherServer(message: Dhcp4Message): boolean {
    if (this.#state !== 'requesting') return false;
    const server = message.options.get(dhcp4Options.server);
    return server?.length === 4 && readIpv4(server, 0) !== this.#offer?.server;
  }

  #acknowledged(message: Dhcp4Message, from: Address): void {
    const known = this.#lease ?? this.#previous;
    const asked = { requesting: this.#offer?.address, rebooting: known?.address } as Partial<Record<State, Address>>;
    const expected = asked[this.#state];
    const lease = leaseOf(message, this.#sentAt, this.#offer?.server ?? known?.server ?? from);
    if (lease === undefined || (expected !== undefined && lease.address !== expected)) return;
    this.#quiet();
    this.#state = 'bound';
    this.#refusals = 0;
    this.#reportedNoServer = false;
    this.#setLease(lease);
    if (lease.t1 !== Number.POSITIVE_INFINITY) this.#timer.setAt(lease.acquiredAt + 1000 * lease.t1);
    this.#environment.events.onLease(lease);
  }

  #refused(): void {
    const had = this.#lease !== undefined;
    this.#setLease(undefined);
    this.#previous = undefined;
    const delay = refusalDelay(++this.#refusals);
    if (delay === 0) this.#discover();
    else this.#wait(delay);
    if (had) this.#environment.events.onLost('nak');
  }

  #setLease(lease: Dhcp4Lease | undefined): void {
    this.#lease = lease;
    if (lease === undefined || lease.leaseTime === Number.POSITIVE_INFINITY) this.#expiryTimer.clear();
    else this.#expiryTimer.setAt(lease.acquiredAt + 1000 * lease.leaseTime);
  }

  #expired(): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    // It may be had again, if nobody else got it meanwhile.
    this.#previous = { address: lease.address, server: lease.server };
    this.#setLease(undefined);
    if (this.#state === 'bound' || this.#state === 'renewing' || this.#state === 'rebinding') {
      this.#reportedNoServer = false;
      this.#discover();
    }
    this.#environment.events.onLost('expired');
  }
}
