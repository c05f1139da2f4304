/** A connection as its user sees it. */
import type { Endpoint } from '../../wire/address.ts';
import { abort } from './closing.ts';
import type { TcpConnection, TcpListenerEvents, TcpOptions, TcpState, TcpStatistics } from './connection.ts';
import { type ControlBlock, news } from './control-block.ts';
import { watchSilence } from './keep-alive.ts';
import { fullSize } from './segment-size.ts';

const writable: Readonly<Record<string, boolean>> = {
  'syn-sent': true,
  'syn-received': true,
  established: true,
  'close-wait': true,
};

export class Socket implements TcpConnection {
  readonly #connection: ControlBlock;
  readonly #settle: (connection: ControlBlock) => void;

  /** `settle` is called when the user has changed something. */
  constructor(connection: ControlBlock, settle: (connection: ControlBlock) => void) {
    this.#connection = connection;
    this.#settle = settle;
  }

  get local(): Endpoint {
    return this.#connection.local;
  }

  get remote(): Endpoint {
    return this.#connection.remote;
  }

  get state(): TcpState {
    const { state, timeWaitUntil, stack } = this.#connection;
    return state === 'time-wait' && stack.clock.now >= timeWaitUntil ? 'closed' : state;
  }

  get statistics(): TcpStatistics {
    return statistics(this.#connection);
  }

  get events(): TcpListenerEvents {
    return this.#connection.events;
  }

  set events(events: TcpListenerEvents) {
    this.#connection.events = events;
  }

  setOptions(options: TcpOptions): void {
    const connection = this.#connection;
    if (options.noDelay !== undefined) connection.noDelay = options.noDelay;
    if (options.userTimeout !== undefined) connection.userTimeout = options.userTimeout;
    if (options.sendBuffer !== undefined) connection.sendLimit = Math.max(2048, options.sendBuffer);
    // The scale is agreed, so a larger buffer than it can express would not be used.
    if (options.receiveBuffer !== undefined) connection.window.limit = Math.max(2048, options.receiveBuffer);
    if ('keepAlive' in options) {
      connection.keepAlive = options.keepAlive;
      if (writable[connection.state] === true || connection.state.startsWith('fin-wait')) watchSilence(connection);
    }
    connection.wantsOutput = true;
    this.#settle(connection);
  }

  write(bytes: Uint8Array): number {
    const connection = this.#connection;
    if (connection.finishing || writable[connection.state] !== true) return 0;
    const { queue } = connection;
    const taken = Math.min(bytes.length, Math.max(0, connection.sendLimit - queue.length));
    if (taken < bytes.length) connection.wantsDrain = true;
    if (taken === 0) return 0;
    queue.push(bytes, taken);
    connection.wantsOutput = true;
    this.#settle(connection);
    return taken;
  }

  read(max = Number.POSITIVE_INFINITY): Uint8Array | undefined {
    const connection = this.#connection;
    const { received, window, stack } = connection;
    const bytes = received.read(max);
    if (bytes === undefined) return undefined;
    window.consumed(bytes.length, stack.clock.now);
    if (received.length === 0 && (connection.finReceived || connection.closeDue)) connection.tell(news.end);
    if (connection.synchronized && !connection.finReceived && !connection.acknowledgeNow) {
      if (window.worthTelling(connection.receiveNext, received.length, connection.receivedSegment)) {
        connection.acknowledgeNow = true;
      }
    }
    if (connection.acknowledgeNow || connection.news !== 0) this.#settle(connection);
    return bytes;
  }

  finish(): void {
    const connection = this.#connection;
    if (connection.finishing || writable[connection.state] !== true) return;
    connection.finishing = true;
    connection.wantsDrain = false;
    if (connection.state === 'established') connection.state = 'fin-wait-1';
    else if (connection.state === 'close-wait') connection.state = 'last-ack';
    connection.wantsOutput = true;
    this.#settle(connection);
  }

  abort(): void {
    abort(this.#connection);
  }
}

function statistics(connection: ControlBlock): TcpStatistics {
  const { sender, roundTrip, window, receiveNext } = connection;
  return {
    smoothedRoundTrip: roundTrip.smoothed,
    retransmissionTimeout: roundTrip.timeout,
    congestionWindow: Math.floor(sender?.congestion.window ?? 0),
    slowStartThreshold: Math.floor(sender?.congestion.threshold ?? Number.POSITIVE_INFINITY),
    sendWindow: Math.max(0, connection.windowEdge - connection.unacknowledged),
    receiveWindow: Math.max(0, window.edge - receiveNext),
    maxSegment: fullSize(connection),
    retransmits: connection.retransmits + connection.synRepeats,
    bytesSent: Math.max(0, Math.min(connection.next, connection.queue.end) - 1),
    bytesReceived: connection.bytesReceived,
    sendQueue: connection.queue.length,
    receiveQueue: connection.received.length,
  };
}
