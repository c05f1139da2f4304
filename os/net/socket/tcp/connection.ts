/** The contract of TCP towards its users: connections and listeners. RFC 9293, section 3.9.1, in an event-driven form. */
import type { Address, Endpoint } from '../../wire/address.ts';
import type { IcmpError, ReceivedPacket, Unreachable } from '../network.ts';

/** RFC 9293, section 3.3.2. */
export type TcpState =
  | 'listen'
  | 'syn-sent'
  | 'syn-received'
  | 'established'
  | 'fin-wait-1'
  | 'fin-wait-2'
  | 'close-wait'
  | 'closing'
  | 'last-ack'
  | 'time-wait'
  | 'closed';

/** Why a connection ended otherwise than by agreement. `code` is the name that Node.js and Linux have for it. */
export interface TcpFailure {
  readonly code:
    | 'ECONNREFUSED'
    | 'ECONNRESET'
    | 'ECONNABORTED'
    | 'ETIMEDOUT'
    | 'EHOSTUNREACH'
    | 'ENETUNREACH'
    | 'EADDRNOTAVAIL'
    | 'EADDRINUSE';
  readonly message: string;
}

export interface KeepAlive {
  /** Milliseconds of silence before the first probe. RFC 9293, section 3.8.4: two hours unless somebody says otherwise. */
  readonly idle: number;
  /** Milliseconds between probes. */
  readonly interval: number;
  /** Unanswered probes after which the connection is given up. */
  readonly probes: number;
}

/** What a connection tells its user. Every listener may be left out. Called at most once: onConnect, onEnd, onClose. */
export interface TcpListenerEvents {
  onConnect?(): void;
  /** There is something to read. */
  onData?(): void;
  /** There is room to write again, after `write` took less than it was given. */
  onDrain?(): void;
  /** The peer has finished; everything it sent has been read. */
  onEnd?(): void;
  /** The connection is no more (or only waits for stray segments, TIME-WAIT). Without a failure both sides had finished. */
  onClose?(failure?: TcpFailure): void;
}

export interface TcpOptions {
  /** RFC 9293, section 3.7.4: send small segments at once instead of Nagle's waiting. Default false. */
  noDelay?: boolean;
  keepAlive?: KeepAlive | undefined;
  /** Milliseconds after which unacknowledged data ends the connection; RFC 5482. Default 15 minutes (RFC 9293, R2). */
  userTimeout?: number;
  /** Bytes; the limits up to which the buffers grow. */
  sendBuffer?: number;
  receiveBuffer?: number;
}

/** Figures of one connection, as `ss -i` shows them. Times in milliseconds. */
export interface TcpStatistics {
  readonly smoothedRoundTrip: number | undefined;
  readonly retransmissionTimeout: number;
  readonly congestionWindow: number;
  readonly slowStartThreshold: number;
  readonly sendWindow: number;
  readonly receiveWindow: number;
  readonly maxSegment: number;
  readonly retransmits: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Bytes waiting: to be acknowledged or sent, and to be read. */
  readonly sendQueue: number;
  readonly receiveQueue: number;
}

export interface TcpConnection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly state: TcpState;
  readonly statistics: TcpStatistics;
  events: TcpListenerEvents;
  setOptions(options: TcpOptions): void;
  /** Takes as much as there is room for, copies it, and returns how much that was. 0 once `finish` was called or it closed. */
  write(bytes: Uint8Array): number;
  /** Takes up to `max` of the received bytes; undefined when there are none. The result belongs to the caller. */
  read(max?: number): Uint8Array | undefined;
  /** Nothing more will be written: FIN follows what is queued. */
  finish(): void;
  /** Ends it at once; the peer is told by RST. `onClose` is not called. */
  abort(): void;
}

export interface TcpListener {
  readonly local: Endpoint;
  /** An established connection. Set its `events` before returning, or it is aborted. */
  onConnection: (connection: TcpConnection) => void;
  close(): void;
}

/** TCP of one host. */
export interface TcpLayer {
  /** Opens a connection. Failures, also immediate ones, come by `onClose`, never before this returns. */
  connect(remote: Endpoint, options?: TcpOptions & { local?: Partial<Endpoint> }): TcpConnection;
  /**
   * Listens on a port; `address` undefined means on every address of both families, port 0 an unused one.
   * @throws Error with `code` EADDRINUSE or EADDRNOTAVAIL
   */
  listen(local: { address?: Address; port: number }, options?: TcpOptions & { backlog?: number }): TcpListener;
  /** All connections and listeners. */
  list(): Iterable<TcpConnection | TcpListener>;

  /** From the network layer. */
  receive(packet: ReceivedPacket): void;
  error(error: IcmpError): void;
  /** Whether the packet that an error quotes is one that is on its way: nobody off the path can know (RFC 5927, section 4.1). */
  recognises?(error: IcmpError): boolean;
  /** A destination that cannot be resolved, found after `path` was handed out. */
  unreachable(destination: Address, reason: Unreachable): void;
  /** This address is no longer one of this host's: its connections end with ECONNABORTED. */
  addressLost(address: Address): void;
  /** The link can take packets again. */
  writable(): void;
  /** A batch of received packets is over: acknowledge what they brought. */
  batchEnd(): void;
}
