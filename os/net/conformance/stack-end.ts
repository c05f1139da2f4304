/** Our stack as an end. */

import type { TcpConnection, TcpFailure, TcpLayer, TcpOptions } from '../socket/tcp/connection.ts';
import type { UdpSocket } from '../socket/udp-contract.ts';
import type { Stack } from '../stack/stack.ts';
import { type Address, type Endpoint, formatAddress, parseAddress } from '../wire/address.ts';
import type {
  Connection,
  ConnectOptions,
  Datagram,
  DatagramSocket,
  End,
  Listener,
  ListenOptions,
  Place,
} from './ends.ts';
import { failureOf } from './failure.ts';
import { Waiting } from './waiting.ts';

/** Whatever enters the stack does so within a turn. */
export type Turn = <T>(work: () => T) => T;

export interface StackEnvironment {
  readonly stack: Stack;
  readonly tcp: TcpLayer;
  readonly turn: Turn;
}

/** Probes as quick as Linux's, which Node.js sets a second apart. */
const probes = { interval: 500, probes: 4 } as const;

export const stackEnd = ({ stack, tcp, turn }: StackEnvironment): End => ({
  connect: (to, options = {}) =>
    new Promise((resolve, reject) => {
      turn(() => {
        const { localPort } = options;
        const local = localPort === undefined ? {} : { local: { port: localPort } };
        const connection = tcp.connect(endpointOf(to), { ...tcpOptions(options), ...local });
        const end = new StackConnection(connection, turn);
        end.onConnect = () => resolve(end);
        end.onFailure = (failure) => reject(failureOf(failure.code));
      });
    }),
  listen: async (port, options: ListenOptions = {}) => {
    const accepted = new Waiting<Connection>();
    const { backlog } = options;
    const listener = turn(() =>
      tcp.listen({ port }, { ...tcpOptions(options), ...(backlog !== undefined && { backlog }) }),
    );
    listener.onConnection = (connection) => accepted.put(new StackConnection(connection, turn));
    return {
      accept: () => accepted.take(),
      close: async () => turn(() => listener.close()),
    } satisfies Listener;
  },
  datagrams: async (port, peer) =>
    new StackDatagrams(
      turn(() => stack.udp.open({ port })),
      turn,
      peer,
    ),
  ping: (address, bytes) =>
    new Promise((resolve) => {
      turn(() => {
        const session = stack.echo.open(addressOf(address));
        const answer = (answered: boolean) => {
          session.close();
          deadline.clear();
          resolve(answered);
        };
        session.onReply = (reply) => answer(reply.kind === 'reply' && reply.bytes === bytes);
        const deadline = stack.clock.timer(() => answer(false));
        deadline.setIn(patience);
        session.send(1, bytes);
      });
    }),
});

/** Milliseconds that an answer to a ping may take. */
const patience = 5000;

function tcpOptions({ sendBuffer, receiveBuffer, keepAlive }: ConnectOptions): TcpOptions {
  return {
    noDelay: true,
    ...(sendBuffer !== undefined && { sendBuffer }),
    ...(receiveBuffer !== undefined && { receiveBuffer }),
    ...(keepAlive !== undefined && { keepAlive: { idle: keepAlive, ...probes } }),
  };
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

const endpointOf = ({ address, port }: Place): Endpoint => ({ address: addressOf(address), port });

class StackConnection implements Connection {
  onConnect = (): void => {};
  onFailure: (failure: TcpFailure) => void = () => {};
  readonly #connection: TcpConnection;
  readonly #turn: Turn;
  readonly #over = Promise.withResolvers<string>();
  #ended = false;
  #failure: string | undefined;
  /** Called when there may be something to write, to read, or to give up. */
  #writer = (): void => {};
  #reader = (): void => {};

  constructor(connection: TcpConnection, turn: Turn) {
    this.#connection = connection;
    this.#turn = turn;
    connection.events = {
      onConnect: () => this.onConnect(),
      onData: () => this.#reader(),
      onDrain: () => this.#writer(),
      onEnd: () => {
        this.#ended = true;
        this.#reader();
      },
      onClose: (failure) => {
        if (failure !== undefined) {
          this.#failure = failure.code;
          this.onFailure(failure);
        }
        this.#over.resolve(failure?.code ?? 'closed');
        this.#reader();
        this.#writer();
      },
    };
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      let rest = bytes;
      this.#writer = () => {
        if (this.#failure !== undefined) return reject(failureOf(this.#failure));
        while (rest.length > 0) {
          const taken = this.#connection.write(rest);
          if (taken === 0) return;
          rest = rest.subarray(taken);
        }
        this.#writer = () => {};
        resolve();
      };
      this.#turn(() => this.#writer());
    });
  }

  receive(count: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let missing = count;
      this.#reader = () => {
        while (missing > 0) {
          const chunk = this.#connection.read(missing);
          if (chunk === undefined) break;
          chunks.push(chunk);
          missing -= chunk.length;
        }
        if (missing > 0 && !this.#ended) {
          if (this.#failure !== undefined) reject(failureOf(this.#failure));
          return;
        }
        this.#reader = () => {};
        resolve(Buffer.concat(chunks));
      };
      this.#turn(() => this.#reader());
    });
  }

  async finish(): Promise<void> {
    this.#turn(() => this.#connection.finish());
  }

  async abort(): Promise<void> {
    this.#turn(() => this.#connection.abort());
    this.#over.resolve('closed');
  }

  over(): Promise<string> {
    return this.#over.promise;
  }

  async localPort(): Promise<number> {
    return this.#connection.local.port;
  }
}

class StackDatagrams implements DatagramSocket {
  readonly #socket: UdpSocket;
  readonly #turn: Turn;
  readonly #peer: Place | undefined;
  readonly #received = new Waiting<Datagram>();
  readonly #refusals = new Waiting<string>();

  constructor(socket: UdpSocket, turn: Turn, peer: Place | undefined) {
    this.#socket = socket;
    this.#turn = turn;
    this.#peer = peer;
    socket.onDatagram = ({ payload, remote }) =>
      this.#received.put({ payload, from: { address: formatAddress(remote.address), port: remote.port } });
    socket.onError = (_, reason) => this.#refusals.put(reason.kind === 'port' ? 'ECONNREFUSED' : reason.kind);
  }

  async send(payload: Uint8Array): Promise<void> {
    if (this.#peer === undefined) throw new Error('the socket has no peer');
    await this.sendTo(payload, this.#peer);
  }

  async sendTo(payload: Uint8Array, to: Place): Promise<void> {
    if (!this.#turn(() => this.#socket.send(payload, endpointOf(to)))) throw failureOf('EMSGSIZE');
  }

  receive(): Promise<Datagram> {
    return this.#received.take();
  }

  refusal(): Promise<string> {
    return this.#refusals.take();
  }

  async localPort(): Promise<number> {
    return this.#socket.local.port;
  }

  async close(): Promise<void> {
    this.#turn(() => this.#socket.close());
  }
}
