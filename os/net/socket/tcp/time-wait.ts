/** What is left of a connection while stray segments of it may come: RFC 9293, section 3.6.1; RFC 6191; RFC 1337. */
import type { Endpoint } from '../../wire/address.ts';
import { type TcpSegment, tcpFlags } from '../../wire/tcp.ts';
import { isPath, type ReceivedPacket } from '../network.ts';
import type { TcpConnection, TcpListenerEvents, TcpState, TcpStatistics } from './connection.ts';
import { type ControlBlock, noEvents, type Stack } from './control-block.ts';
import type { StandIn, Verdict } from './occupant.ts';
import { sendBare } from './reply.ts';
import { before, wrap } from './sequence.ts';

/** Two maximum segment lifetimes, of 30 seconds each. */
export const timeWaitPeriod = 60_000;

/** It is also a connection that can do nothing any more, to be listed. */
export class TimeWait implements StandIn, TcpConnection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly state: TcpState = 'time-wait';
  readonly sendNext: number;
  /** When it may go. */
  until: number;
  readonly #stack: Stack;
  readonly #receiveNext: number;
  readonly #timestamps: boolean;
  readonly #recentTimestamp: number;
  #nextAnswer = 0;

  constructor(connection: ControlBlock) {
    this.#stack = connection.stack;
    this.local = connection.local;
    this.remote = connection.remote;
    this.sendNext = wrap(connection.initialSend, connection.next);
    this.#receiveNext = wrap(connection.initialReceive, connection.receiveNext);
    this.#timestamps = connection.timestamps;
    this.#recentTimestamp = connection.recentTimestamp;
    this.until = connection.stack.clock.now + timeWaitPeriod;
  }

  arrives(_packet: ReceivedPacket, segment: TcpSegment): Verdict {
    // RFC 1337: a reset must not end it early.
    if (segment.has(tcpFlags.rst)) return 'done';
    if (segment.has(tcpFlags.syn) && !segment.has(tcpFlags.ack) && this.#isNewer(segment)) return 'nobody';
    const old = before(segment.sequence, this.#receiveNext);
    if (segment.has(tcpFlags.fin)) this.until = this.#stack.clock.now + timeWaitPeriod;
    if (old || segment.sequenceLength > 0) this.#acknowledge();
    return 'done';
  }

  /** RFC 6191, section 2; without timestamps RFC 9293, section 3.6.1. */
  #isNewer(segment: TcpSegment): boolean {
    if (this.#timestamps && segment.hasTimestamps && segment.timestamp !== this.#recentTimestamp) {
      return before(this.#recentTimestamp, segment.timestamp);
    }
    return before(this.#receiveNext, segment.sequence);
  }

  #acknowledge(): void {
    const { clock, tally, network, secrets } = this.#stack;
    if (clock.now < this.#nextAnswer) return;
    this.#nextAnswer = clock.now + 100;
    const { local, remote } = this;
    const path = network.path(remote.address, local.address);
    if (!isPath(path)) return;
    const offset = secrets.timestampOffset(local.address, local.port, remote.address, remote.port);
    sendBare(path, tally, {
      sourcePort: local.port,
      destinationPort: remote.port,
      sequence: this.sendNext,
      acknowledgement: this.#receiveNext,
      flags: tcpFlags.ack,
      window: 0,
      timestamps: this.#timestamps
        ? { value: (Math.floor(clock.now) + offset) >>> 0, echo: this.#recentTimestamp }
        : undefined,
    });
  }

  get events(): TcpListenerEvents {
    return noEvents;
  }

  set events(_events: TcpListenerEvents) {}

  get statistics(): TcpStatistics {
    return nothing;
  }

  setOptions(): void {}
  write(): number {
    return 0;
  }
  read(): undefined {
    return undefined;
  }
  finish(): void {}
  abort(): void {}
}

const nothing: TcpStatistics = {
  smoothedRoundTrip: undefined,
  retransmissionTimeout: 0,
  congestionWindow: 0,
  slowStartThreshold: 0,
  sendWindow: 0,
  receiveWindow: 0,
  maxSegment: 0,
  retransmits: 0,
  bytesSent: 0,
  bytesReceived: 0,
  sendQueue: 0,
  receiveQueue: 0,
};
