/** Listening: RFC 9293, section 3.10.7.2. What is half open is bounded; what goes beyond it gets a cookie (RFC 4987). */
import type { Timer } from '../../environment/clock.ts';
import { type Address, type Endpoint, unspecified6 } from '../../wire/address.ts';
import { type TcpSegment, tcpFlags } from '../../wire/tcp.ts';
import { isPath, type Path, type ReceivedPacket } from '../network.ts';
import type { TcpConnection, TcpListener, TcpOptions } from './connection.ts';
import type { ControlBlock, Stack } from './control-block.ts';
import { HalfOpen, type HalfOpenOwner } from './half-open.ts';
import type { Negotiated } from './handshake.ts';
import type { StandIn, Verdict } from './occupant.ts';
import { scaleFor } from './receive-window.ts';
import { sendBare } from './reply.ts';
import { announcedSegment } from './segment-size.ts';
import { before } from './sequence.ts';
import { makeCookie, makeStamp, readCookie } from './syn-cookie.ts';

const defaultBacklog = 128;
/** Answers are repeated after 1, 2, 4, 8 and 16 seconds. */
const mostRepeats = 5;
/** As long as cookies that were sent may come back. */
const cookieLife = 128_000;

/** How a connection stands when the last acknowledgement comes. */
export interface Opening {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly path: Path;
  readonly peer: Negotiated;
  readonly initialSend: number;
  readonly initialReceive: number;
  readonly startedAt: number;
  /** How often the SYN was repeated: then there is no round trip to be measured. */
  readonly repeats: number;
}

/** What a listener asks of the layer. */
export interface ListenerOwner {
  readonly stack: Stack;
  /** Takes the place of a connection that is half open. @returns false when there is no room */
  occupy(entry: StandIn): boolean;
  vacate(entry: StandIn): void;
  /** Makes a connection in SYN-RECEIVED. @returns undefined when there is no room */
  open(opening: Opening, options: TcpOptions, listener: Listener): ControlBlock | undefined;
  /** A connection gets a segment. */
  arrives(connection: ControlBlock, packet: ReceivedPacket, segment: TcpSegment): Verdict;
  closed(listener: Listener): void;
}

export interface Bound {
  readonly address: Address | undefined;
  readonly port: number;
}

export class Listener implements TcpListener, HalfOpenOwner {
  readonly bound: Bound;
  readonly local: Endpoint;
  onConnection: (connection: TcpConnection) => void = () => {};
  open = true;
  readonly #owner: ListenerOwner;
  readonly #options: TcpOptions;
  readonly #backlog: number;
  readonly #scale: number;
  readonly #window: number;
  readonly #halfOpen = new Set<HalfOpen>();
  readonly #timer: Timer;
  #cookieAt = Number.NEGATIVE_INFINITY;

  constructor(owner: ListenerOwner, bound: Bound, options: TcpOptions & { backlog?: number }) {
    this.#owner = owner;
    this.bound = bound;
    this.local = { address: bound.address ?? unspecified6, port: bound.port };
    this.#options = options;
    this.#backlog = Math.max(0, options.backlog ?? defaultBacklog);
    const buffer = options.receiveBuffer ?? 4_194_304;
    this.#scale = scaleFor(buffer);
    this.#window = Math.min(65_535, buffer);
    this.#timer = owner.stack.clock.timer(() => this.#repeat());
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    for (const entry of [...this.#halfOpen]) this.drop(entry);
    this.#timer.clear();
    this.#owner.closed(this);
  }

  /** A segment for which there is no connection. `floor`: where a former connection of the same ends has stopped. */
  arrives(packet: ReceivedPacket, segment: TcpSegment, floor?: number): Verdict {
    if (segment.has(tcpFlags.rst)) return 'done';
    if (segment.has(tcpFlags.ack)) return this.#takeCookie(packet, segment);
    if (!segment.has(tcpFlags.syn) || segment.has(tcpFlags.fin)) return 'done';
    const { stack } = this.#owner;
    const path = stack.network.path(packet.source, packet.destination);
    if (!isPath(path)) return 'done';
    const peer: Negotiated = {
      maxSegment: segment.maxSegment,
      windowScale: segment.windowScale,
      sackPermitted: segment.sackPermitted,
      hasTimestamps: segment.hasTimestamps,
      timestamp: segment.timestamp,
    };
    const { now } = stack.clock;
    const local = { address: packet.destination, port: segment.destinationPort };
    const remote = { address: packet.source, port: segment.sourcePort };
    if (this.#halfOpen.size >= this.#backlog) {
      this.#sendCookie(local, remote, path, peer, segment.sequence);
      return 'done';
    }
    let initialSend = stack.secrets.initialSequence(local.address, local.port, remote.address, remote.port, now);
    // RFC 6191: behind everything that the former connection has sent.
    if (floor !== undefined && !before(floor, initialSend)) initialSend = (floor + 65_537) >>> 0;
    const entry = new HalfOpen(this, local, remote, path, peer, initialSend, segment.sequence, now);
    if (!this.#owner.occupy(entry)) {
      stack.tally.synDropped++;
      return 'done';
    }
    this.#halfOpen.add(entry);
    this.answer(entry);
    if (this.#timer.deadline > entry.repeatAt) this.#timer.setAt(entry.repeatAt);
    return 'done';
  }

  answer(entry: HalfOpen): void {
    const { local, remote, peer, path } = entry;
    const stamp = peer.hasTimestamps ? this.#timestamp(local, remote) : 0;
    this.#sendSynAck(local, remote, path, peer, entry.initialSend, entry.initialReceive, stamp);
  }

  complete(entry: HalfOpen, packet: ReceivedPacket, segment: TcpSegment): Verdict {
    this.drop(entry);
    return this.#finishOpening(entry, packet, segment);
  }

  drop(entry: HalfOpen): void {
    this.#halfOpen.delete(entry);
    this.#owner.vacate(entry);
  }

  #finishOpening(opening: Opening, packet: ReceivedPacket, segment: TcpSegment): Verdict {
    const connection = this.#owner.open(opening, this.#options, this);
    if (connection === undefined) return 'reset';
    this.#owner.stack.tally.passiveOpens++;
    return this.#owner.arrives(connection, packet, segment);
  }

  #repeat(): void {
    const { now } = this.#owner.stack.clock;
    let next = Number.POSITIVE_INFINITY;
    for (const entry of [...this.#halfOpen]) {
      if (entry.repeatAt <= now) {
        if (entry.repeats >= mostRepeats) {
          this.drop(entry);
          continue;
        }
        entry.repeats++;
        entry.repeatAt = now + 1000 * 2 ** entry.repeats;
        this.answer(entry);
      }
      next = Math.min(next, entry.repeatAt);
    }
    if (next < Number.POSITIVE_INFINITY) this.#timer.setAt(next);
  }

  #timestamp(local: Endpoint, remote: Endpoint): number {
    const { secrets, clock } = this.#owner.stack;
    const offset = secrets.timestampOffset(local.address, local.port, remote.address, remote.port);
    return (Math.floor(clock.now) + offset) >>> 0;
  }

  #sendSynAck(
    local: Endpoint,
    remote: Endpoint,
    path: Path,
    peer: Negotiated,
    sequence: number,
    initialReceive: number,
    stamp: number,
  ): void {
    sendBare(path, this.#owner.stack.tally, {
      sourcePort: local.port,
      destinationPort: remote.port,
      sequence,
      acknowledgement: (initialReceive + 1) >>> 0,
      flags: tcpFlags.syn | tcpFlags.ack,
      window: this.#window,
      synOptions: {
        maxSegment: announcedSegment(path),
        windowScale: peer.windowScale >= 0 ? this.#scale : undefined,
        sackPermitted: peer.sackPermitted,
        timestamps: peer.hasTimestamps ? { value: stamp, echo: peer.timestamp } : undefined,
      },
    });
  }

  #sendCookie(local: Endpoint, remote: Endpoint, path: Path, offered: Negotiated, sequence: number): void {
    const { secrets, clock, tally } = this.#owner.stack;
    // Without timestamps there is no place to keep more than the MSS.
    const peer = offered.hasTimestamps ? offered : { ...offered, windowScale: -1, sackPermitted: false };
    const cookie = makeCookie(secrets, ends(local, remote), sequence, peer.maxSegment, clock.now);
    const stamp = peer.hasTimestamps ? makeStamp(this.#timestamp(local, remote), peer) : 0;
    this.#cookieAt = clock.now;
    tally.synCookiesSent++;
    this.#sendSynAck(local, remote, path, peer, cookie, sequence, stamp);
  }

  #takeCookie(packet: ReceivedPacket, segment: TcpSegment): Verdict {
    const { secrets, clock, tally, network } = this.#owner.stack;
    const { now } = clock;
    if (segment.has(tcpFlags.syn) || now - this.#cookieAt > cookieLife) return 'reset';
    const local = { address: packet.destination, port: segment.destinationPort };
    const remote = { address: packet.source, port: segment.sourcePort };
    const initialSend = (segment.acknowledgement - 1) >>> 0;
    const initialReceive = (segment.sequence - 1) >>> 0;
    const stamps = segment.hasTimestamps ? { value: segment.timestamp, echo: segment.timestampEcho } : undefined;
    const peer = readCookie(secrets, ends(local, remote), initialSend, initialReceive, now, stamps);
    const path = network.path(remote.address, local.address);
    if (peer === undefined || !isPath(path)) {
      // It may have overtaken the first segment, with which alone the cookie can be read and which will come again.
      return segment.payloadLength > 0 || segment.has(tcpFlags.fin) ? 'done' : 'reset';
    }
    tally.synCookiesReceived++;
    const opening = { local, remote, path, peer, initialSend, initialReceive, startedAt: now, repeats: 1 };
    return this.#finishOpening(opening, packet, segment);
  }
}

const ends = (local: Endpoint, remote: Endpoint) => ({
  local: local.address,
  localPort: local.port,
  remote: remote.address,
  remotePort: remote.port,
});
