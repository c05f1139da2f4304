/** A connection that a peer has begun to open: RFC 9293, section 3.10.7.4 for SYN-RECEIVED. As small as can be. */
import type { Endpoint } from '../../wire/address.ts';
import { type TcpSegment, tcpFlags } from '../../wire/tcp.ts';
import type { Path, ReceivedPacket } from '../network.ts';
import type { Negotiated } from './handshake.ts';
import type { StandIn, Verdict } from './occupant.ts';
import { before } from './sequence.ts';

/** What it asks of its listener. */
export interface HalfOpenOwner {
  answer(entry: HalfOpen): void;
  /** The last acknowledgement is here. @returns false when there is no room for one more connection */
  complete(entry: HalfOpen, packet: ReceivedPacket, segment: TcpSegment): Verdict;
  drop(entry: HalfOpen): void;
}

/** Widest window that a SYN offers: what can come before the handshake is complete. */
const widestWindow = 65_535;

export class HalfOpen implements StandIn {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly path: Path;
  readonly peer: Negotiated;
  readonly initialSend: number;
  readonly initialReceive: number;
  readonly startedAt: number;
  /** How often the answer was repeated, and when it is to be repeated next. */
  repeats = 0;
  repeatAt: number;
  readonly #owner: HalfOpenOwner;

  constructor(
    owner: HalfOpenOwner,
    local: Endpoint,
    remote: Endpoint,
    path: Path,
    peer: Negotiated,
    initialSend: number,
    initialReceive: number,
    now: number,
  ) {
    this.#owner = owner;
    this.local = local;
    this.remote = remote;
    this.path = path;
    this.peer = peer;
    this.initialSend = initialSend;
    this.initialReceive = initialReceive;
    this.startedAt = now;
    this.repeatAt = now + 1000;
  }

  get sendNext(): number {
    return (this.initialSend + 1) >>> 0;
  }

  /** This host has lost the address. */
  abandon(): void {
    this.#owner.drop(this);
  }

  arrives(packet: ReceivedPacket, segment: TcpSegment): Verdict {
    const offset = (segment.sequence - this.initialReceive) >>> 0;
    if (segment.has(tcpFlags.rst)) {
      if (offset === 1) this.#owner.drop(this);
      return 'done';
    }
    if (segment.has(tcpFlags.syn)) {
      // Its SYN again: the answer was lost. Another SYN is answered too, for the peer to find out (RFC 5961, section 4).
      this.#owner.answer(this);
      return 'done';
    }
    if (!segment.has(tcpFlags.ack)) return 'done';
    if (segment.acknowledgement !== this.sendNext) return 'reset';
    if (offset === 0 || offset > widestWindow) return 'done';
    const { peer } = this;
    if (peer.hasTimestamps && segment.hasTimestamps && before(segment.timestamp, peer.timestamp)) return 'done';
    return this.#owner.complete(this, packet, segment);
  }
}
