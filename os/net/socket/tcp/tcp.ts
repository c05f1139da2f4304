/** TCP of one host: segments find their connections, users open them. RFC 9293. */
import type { Clock } from '../../environment/clock.ts';
import type { Random } from '../../environment/random.ts';
import { type Address, type Endpoint, isUnspecified } from '../../wire/address.ts';
import { checksum, pseudoHeader, sum } from '../../wire/checksum.ts';
import { readQuotedTcp, readTcp, TcpSegment } from '../../wire/tcp.ts';
import { type IcmpError, type NetworkLayer, protocols, type ReceivedPacket, type Unreachable } from '../network.ts';
import { fail, failure } from './closing.ts';
import type { TcpConnection, TcpLayer, TcpListener, TcpOptions } from './connection.ts';
import { ControlBlock, type Stack } from './control-block.ts';
import { newCounters, type TcpCounters } from './counters.ts';
import { Demultiplexer } from './demultiplexer.ts';
import { HalfOpen } from './half-open.ts';
import { answerToSyn, establishable, sendSyn } from './handshake.ts';
import { icmpError, isUnderWay, noWay, unreachableFailure } from './icmp-error.ts';
import { Listener, type ListenerOwner, type Opening } from './listener.ts';
import type { StandIn, Verdict } from './occupant.ts';
import { wayTo } from './opening.ts';
import { choosePort } from './ports.ts';
import { sendReset } from './reply.ts';
import { Secrets } from './secrets.ts';
import { segmentArrives } from './segment-arrives.ts';
import { settle, timerExpired } from './settle.ts';
import { Socket } from './socket.ts';
import { TimeWait, timeWaitPeriod } from './time-wait.ts';
import { TimeWaits } from './time-waits.ts';

export interface TcpEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: NetworkLayer;
  /** A user's callback threw this; its connection is aborted. */
  readonly onCallbackError?: (error: unknown) => void;
}

/** TCP, and what it has counted by name. */
export type Tcp = TcpLayer & { counters(): Readonly<Record<string, number>> };

/** Connections of a host, those that are half open or wait included. */
const mostConnections = 65_536;
/** Resets in a second to segments that nobody wants. RFC 9293 asks for one each; a flood of them helps only the flooder. */
const mostResets = 1000;

/** TCP of one host over its network layer. */
export const createTcp = (environment: TcpEnvironment): Tcp => new Layer(environment);

class Layer implements Tcp, Stack, ListenerOwner {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: NetworkLayer;
  readonly secrets: Secrets;
  readonly tally: TcpCounters = newCounters();
  readonly #demultiplexer = new Demultiplexer<Listener>();
  readonly #timeWaits: TimeWaits;
  readonly #onCallbackError: ((error: unknown) => void) | undefined;
  readonly #segment = new TcpSegment();
  readonly #touched: ControlBlock[] = [];
  #settling = false;
  readonly #blocked = new Set<ControlBlock>();
  #resets = 0;
  #resetsSince = 0;

  constructor({ clock, random, network, onCallbackError }: TcpEnvironment) {
    this.clock = clock;
    this.random = random;
    this.network = network;
    this.secrets = new Secrets(random);
    this.#onCallbackError = onCallbackError;
    this.#timeWaits = new TimeWaits(clock, (entry) => this.#demultiplexer.remove(entry));
  }

  // For users

  connect(remote: Endpoint, options: TcpOptions & { local?: Partial<Endpoint> } = {}): TcpConnection {
    const way = wayTo(this.network, remote, options.local?.address);
    const address = way.path.source;
    const port = this.#localPort(address, remote, options.local?.port ?? 0);
    const local = { address, port: port ?? 0 };
    const connection = this.#control(local, remote, way.path, this.#initialSequence(local, remote), options);
    if (way.reason !== undefined) fail(connection, unreachableFailure(connection, way.reason));
    else if (way.code !== undefined) fail(connection, failure(connection, way.code));
    else if (port === undefined) fail(connection, failure(connection, 'EADDRINUSE'));
    else if (this.#demultiplexer.size >= mostConnections) {
      fail(connection, failure(connection, 'ECONNABORTED', 'there are too many connections'));
    } else {
      connection.state = 'syn-sent';
      this.#demultiplexer.put(connection);
      this.tally.activeOpens++;
      sendSyn(connection);
      this.touch(connection);
    }
    this.#settleAll(false);
    return this.#userOf(connection);
  }

  listen(local: { address?: Address; port: number }, options: TcpOptions & { backlog?: number } = {}): TcpListener {
    const address = local.address === undefined || isUnspecified(local.address) ? undefined : local.address;
    if (address !== undefined && !this.network.owns(address)) {
      throw Object.assign(new Error('the address is not one of this host'), { code: 'EADDRNOTAVAIL' });
    }
    const taken = (port: number): boolean => this.#demultiplexer.isListening(address, port);
    const port = local.port === 0 ? choosePort(this.random, taken) : local.port;
    if (port === undefined || taken(port)) {
      throw Object.assign(new Error(`somebody listens on port ${local.port} already`), { code: 'EADDRINUSE' });
    }
    const listener = new Listener(this, { address, port }, options);
    this.#demultiplexer.listen(listener);
    return listener;
  }

  *list(): Iterable<TcpConnection | TcpListener> {
    yield* this.#demultiplexer.listeners();
    for (const occupant of this.#demultiplexer.occupants()) {
      if (occupant instanceof ControlBlock) yield this.#userOf(occupant);
      else if (occupant instanceof TimeWait) yield occupant;
    }
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.tally };
  }

  // From the network layer

  receive(packet: ReceivedPacket): void {
    const { bytes, start, end } = packet;
    // RFC 9293, section 3.9.2.3: connections are between two.
    if (packet.group) return;
    const segment = this.#segment;
    this.tally.segmentsReceived++;
    if (!readTcp(bytes, start, end, segment)) {
      this.tally.badSegments++;
      return;
    }
    if (!packet.checksumVerified && !checksumRight(packet)) {
      this.tally.badChecksums++;
      return;
    }
    const { destinationPort, sourcePort } = segment;
    const occupant = this.#demultiplexer.find(packet.destination, destinationPort, packet.source, sourcePort);
    let verdict: Verdict = 'nobody';
    let floor: number | undefined;
    if (occupant instanceof ControlBlock) verdict = this.arrives(occupant, packet, segment);
    else if (occupant !== undefined) {
      const standIn = occupant as StandIn;
      verdict = standIn.arrives(packet, segment);
      if (verdict === 'nobody') {
        this.vacate(standIn);
        floor = standIn.sendNext;
      }
    }
    if (verdict === 'nobody') {
      const listener = this.#demultiplexer.listener(packet.destination, destinationPort);
      verdict = listener?.arrives(packet, segment, floor) ?? 'reset';
    }
    if (verdict === 'reset') this.#reset(packet, segment);
  }

  error(error: IcmpError): void {
    const quoted = readQuotedTcp(error.bytes, error.start, error.end);
    if (quoted === undefined) return;
    const { sourcePort, destinationPort, sequence } = quoted;
    const occupant = this.#demultiplexer.find(error.source, sourcePort, error.destination, destinationPort);
    if (!(occupant instanceof ControlBlock)) return;
    icmpError(occupant, error, sequence);
    this.touch(occupant);
    this.#settleAll(false);
  }

  recognises(error: IcmpError): boolean {
    const quoted = readQuotedTcp(error.bytes, error.start, error.end);
    if (quoted === undefined) return false;
    const { sourcePort, destinationPort, sequence } = quoted;
    const occupant = this.#demultiplexer.find(error.source, sourcePort, error.destination, destinationPort);
    return occupant instanceof ControlBlock && isUnderWay(occupant, sequence);
  }

  unreachable(destination: Address, reason: Unreachable): void {
    for (const occupant of [...this.#demultiplexer.occupants()]) {
      if (occupant.remote.address === destination && occupant instanceof ControlBlock) noWay(occupant, reason);
    }
    this.#settleAll(false);
  }

  addressLost(address: Address): void {
    for (const occupant of [...this.#demultiplexer.occupants()]) {
      if (occupant.local.address !== address) continue;
      if (occupant instanceof ControlBlock) {
        fail(occupant, failure(occupant, 'ECONNABORTED', 'this host has lost its address'));
      } else if (occupant instanceof HalfOpen) occupant.abandon();
      else this.vacate(occupant as StandIn);
    }
    this.#settleAll(false);
  }

  writable(): void {
    const waiting = [...this.#blocked];
    this.#blocked.clear();
    for (const connection of waiting) {
      if (connection.state === 'syn-sent' || connection.state === 'syn-received') sendSyn(connection);
      connection.wantsOutput = true;
      this.touch(connection);
    }
    this.#settleAll(false);
  }

  batchEnd(): void {
    this.#settleAll(true);
  }

  // For connections

  get stack(): Stack {
    return this;
  }

  touch(connection: ControlBlock): void {
    if (connection.touched) return;
    connection.touched = true;
    this.#touched.push(connection);
  }

  blocked(connection: ControlBlock): void {
    this.#blocked.add(connection);
  }

  release(connection: ControlBlock): void {
    this.#demultiplexer.remove(connection);
    this.#blocked.delete(connection);
  }

  enterTimeWait(connection: ControlBlock): void {
    const entry = new TimeWait(connection);
    connection.timeWaitUntil = this.clock.now + timeWaitPeriod;
    this.#blocked.delete(connection);
    this.#demultiplexer.put(entry);
    this.#timeWaits.add(entry);
    this.tally.timeWaits++;
  }

  callbackFailed(error: unknown): void {
    this.#onCallbackError?.(error);
  }

  // For listeners

  occupy(entry: StandIn): boolean {
    if (this.#demultiplexer.size >= mostConnections) return false;
    this.#demultiplexer.put(entry);
    return true;
  }

  vacate(entry: StandIn): void {
    this.#demultiplexer.remove(entry);
    if (entry instanceof TimeWait) this.#timeWaits.delete(entry);
  }

  open(opening: Opening, options: TcpOptions, listener: Listener): ControlBlock | undefined {
    if (this.#demultiplexer.size >= mostConnections) return undefined;
    const connection = this.#control(opening.local, opening.remote, opening.path, opening.initialSend, options);
    establishable(connection, opening);
    connection.listener = listener;
    this.#userOf(connection);
    this.#demultiplexer.put(connection);
    return connection;
  }

  arrives(connection: ControlBlock, packet: ReceivedPacket, segment: TcpSegment): Verdict {
    if (connection.state !== 'syn-sent') return segmentArrives(connection, segment, packet.bytes) ? 'done' : 'reset';
    const taken = answerToSyn(connection, segment);
    this.touch(connection);
    return taken ? 'done' : 'reset';
  }

  closed(listener: Listener): void {
    this.#demultiplexer.unlisten(listener);
  }

  #control(local: Endpoint, remote: Endpoint, path: ControlBlock['path'], initial: number, options: TcpOptions) {
    return new ControlBlock(this, local, remote, path, initial, options, (connection) => this.#expired(connection));
  }

  #userOf(connection: ControlBlock): TcpConnection {
    connection.user ??= new Socket(connection, (changed) => {
      this.touch(changed);
      this.#settleAll(false);
    });
    return connection.user;
  }

  #initialSequence(local: Endpoint, remote: Endpoint): number {
    return this.secrets.initialSequence(local.address, local.port, remote.address, remote.port, this.clock.now);
  }

  /** The wanted port, or a random one; undefined when it is, or all are, in use towards this peer. */
  #localPort(address: Address, remote: Endpoint, wanted: number): number | undefined {
    const demultiplexer = this.#demultiplexer;
    const taken = (port: number): boolean =>
      demultiplexer.find(address, port, remote.address, remote.port) !== undefined;
    if (wanted !== 0) return taken(wanted) ? undefined : wanted;
    return choosePort(this.random, (port) => taken(port) || demultiplexer.isListening(address, port));
  }

  #expired(connection: ControlBlock): void {
    const outer = this.#settling;
    this.#settling = true;
    try {
      timerExpired(connection);
    } finally {
      this.#settling = outer;
    }
    this.#settleAll(true);
  }

  /** Settles all that were touched, and those that are touched by it. */
  #settleAll(tellUsers: boolean): void {
    if (this.#settling) return;
    this.#settling = true;
    try {
      for (let index = 0; index < this.#touched.length; index++) {
        settle(this.#touched[index] as ControlBlock, tellUsers);
      }
    } finally {
      this.#touched.length = 0;
      this.#settling = false;
    }
  }

  #reset(packet: ReceivedPacket, segment: TcpSegment): void {
    if (this.clock.now - this.#resetsSince >= 1000) {
      this.#resetsSince = this.clock.now;
      this.#resets = 0;
    }
    if (this.#resets++ < mostResets) sendReset(this.network, this.tally, packet, segment);
  }
}

function checksumRight({ bytes, start, end, source, destination }: ReceivedPacket): boolean {
  return checksum(sum(bytes, start, end, pseudoHeader(source, destination, protocols.tcp, end - start))) === 0;
}
