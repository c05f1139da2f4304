/**
 * The transmission control block: all variables of one connection. RFC 9293, section 3.3.1, whose names are given. It does
 * nothing by itself; the modules beside it work on it, each for one concern. Sequence numbers are positions
 * (`sequence.ts`), times milliseconds on the stack's clock, Infinity meaning never.
 */
import type { Clock, Timer } from '../../environment/clock.ts';
import type { Random } from '../../environment/random.ts';
import type { Endpoint } from '../../wire/address.ts';
import type { NetworkLayer, Path } from '../network.ts';
import type {
  KeepAlive,
  TcpConnection,
  TcpFailure,
  TcpListener,
  TcpListenerEvents,
  TcpOptions,
  TcpState,
} from './connection.ts';
import type { TcpCounters } from './counters.ts';
import type { Reassembly } from './reassembly.ts';
import { ReceiveQueue } from './receive-queue.ts';
import { ReceiveWindow, scaleFor } from './receive-window.ts';
import { RoundTrip } from './round-trip.ts';
import type { Secrets } from './secrets.ts';
import { SendQueue } from './send-queue.ts';
import type { Sender } from './sender.ts';

/** What all connections of a host share, and what they ask of the layer. */
export interface Stack {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: NetworkLayer;
  readonly tally: TcpCounters;
  readonly secrets: Secrets;
  /** The connection has something to say to its user or its peer: it is settled when the batch is over. */
  touch(connection: ControlBlock): void;
  /** The link was full; the connection has more to send. */
  blocked(connection: ControlBlock): void;
  /** Its segments are nobody's from now on. */
  release(connection: ControlBlock): void;
  /** It is over, but stray segments may come: something smaller takes its place. */
  enterTimeWait(connection: ControlBlock): void;
  /** A user's callback threw. */
  callbackFailed(error: unknown): void;
}

/** What is to be told to the user, in this order. */
export const news = { accept: 1, connect: 2, data: 4, drain: 8, end: 16, close: 32 } as const;

/** What the one timer for sending waits for. */
export type SendTimer = 'none' | 'retransmit' | 'probe' | 'reorder' | 'persist';

/** The events of a connection whose user has set none yet. */
export const noEvents: TcpListenerEvents = {};

const defaultSendBuffer = 1_048_576;
const defaultReceiveBuffer = 4_194_304;
/** RFC 9293, section 3.8.3: at least 100 seconds (R2). */
const defaultUserTimeout = 15 * 60_000;

const never = Number.POSITIVE_INFINITY;

export class ControlBlock {
  readonly stack: Stack;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly path: Path;
  state: TcpState = 'closed';
  failure: TcpFailure | undefined;

  // The user
  user: TcpConnection | undefined;
  events: TcpListenerEvents = noEvents;
  listener: (TcpListener & { readonly open: boolean }) | undefined;
  news = 0;
  delivering = false;
  endTold = false;
  closeDue = false;
  touched = false;

  // Options
  noDelay = false;
  keepAlive: KeepAlive | undefined;
  userTimeout = defaultUserTimeout;
  sendLimit = defaultSendBuffer;

  // Sending. ISS, SND.UNA, SND.NXT, the right edge of SND.WND, SND.WL1, SND.WL2
  readonly queue = new SendQueue();
  readonly initialSend: number;
  unacknowledged = 0;
  next = 0;
  windowEdge = 0;
  windowUpdateSequence = 0;
  windowUpdateAcknowledgement = 0;
  greatestWindow = 0;
  sendScale = 0;
  /** MSS that the peer can take, and the limit that a black hole on the path set; without options. */
  peerSegment = 536;
  pathLimit = never;
  /** The size of a full segment when something new was last sent. */
  segmentSent = 0;
  sender: Sender | undefined;
  readonly roundTrip = new RoundTrip();
  /** `finish` was called. */
  finishing = false;
  wantsDrain = false;
  wantsOutput = false;
  /** Behind the last segment that was smaller than a full one: Nagle waits for its acknowledgement. */
  smallEnd = 0;
  timeouts = 0;
  synRepeats = 0;
  retransmits = 0;
  softError: TcpFailure | undefined;

  // Receiving. IRS, RCV.NXT
  readonly received = new ReceiveQueue();
  readonly window: ReceiveWindow;
  initialReceive = 0;
  receiveNext = 0;
  reassembly: Reassembly | undefined;
  /** The position of the peer's FIN, once it is known. */
  finAt = -1;
  finReceived = false;
  /** Up to where acknowledgements were sent, Last.ACK.sent of RFC 7323. */
  acknowledged = 0;
  /** The size of the peer's segments, as far as it shows. */
  receivedSegment = 536;
  acknowledgeNow = false;
  /** Acknowledgements at the start that are not delayed. */
  quickAcknowledgements = 16;
  duplicateStart = -1;
  duplicateEnd = -1;
  nextChallenge = 0;

  // Negotiated: RFC 2018, RFC 7323. TS.Recent and when it was set
  selective = false;
  timestamps = false;
  readonly timestampOffset: number;
  recentTimestamp = 0;
  recentTimestampAt = 0;

  // Time
  readonly timer: Timer;
  sendTimer: SendTimer = 'none';
  sendAt = never;
  acknowledgeAt = never;
  keepAliveAt = never;
  keepAliveProbes = 0;
  newsAt = never;
  receivedAt: number;
  startedAt: number;
  timeWaitUntil = 0;
  bytesReceived = 0;

  constructor(
    stack: Stack,
    local: Endpoint,
    remote: Endpoint,
    path: Path,
    initialSend: number,
    options: TcpOptions,
    onTimer: (connection: ControlBlock) => void,
  ) {
    this.stack = stack;
    this.local = local;
    this.remote = remote;
    this.path = path;
    this.initialSend = initialSend;
    this.timestampOffset = stack.secrets.timestampOffset(local.address, local.port, remote.address, remote.port);
    this.window = new ReceiveWindow(Math.max(2048, options.receiveBuffer ?? defaultReceiveBuffer));
    this.window.scale = scaleFor(this.window.limit);
    this.receivedAt = stack.clock.now;
    this.startedAt = stack.clock.now;
    this.timer = stack.clock.timer(() => onTimer(this));
    this.noDelay = options.noDelay ?? false;
    this.keepAlive = options.keepAlive;
    this.userTimeout = options.userTimeout ?? defaultUserTimeout;
    this.sendLimit = Math.max(2048, options.sendBuffer ?? defaultSendBuffer);
  }

  /** Behind the last position that there is to send, FIN included. */
  get sendEnd(): number {
    return this.queue.end + (this.finishing ? 1 : 0);
  }

  /** The milliseconds that this connection's timestamps show. RFC 7323, section 5.4. */
  get timestamp(): number {
    return (Math.floor(this.stack.clock.now) + this.timestampOffset) >>> 0;
  }

  /** There was a SYN from both sides, and no end yet: segments are judged by RFC 9293, section 3.10.7.4. */
  get synchronized(): boolean {
    return this.state !== 'closed' && this.state !== 'syn-sent' && this.state !== 'time-wait';
  }

  tell(what: number): void {
    this.news |= what;
    this.stack.touch(this);
  }
}
