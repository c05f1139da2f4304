/** The stack of the running kernel as an end, through Node.js. */
import { execFile } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import type { Connection, Datagram, DatagramSocket, End, Listener, Place } from '../ends.ts';
import { codeOf, failureOf } from '../failure.ts';
import { Waiting } from '../waiting.ts';

export const nodeEnd: End = {
  connect: ({ address, port }, { localPort, keepAlive } = {}) =>
    new Promise((resolve, reject) => {
      const socket = net.connect({
        host: address,
        port,
        noDelay: true,
        ...(localPort !== undefined && { localPort }),
        ...(keepAlive !== undefined && { keepAlive: true, keepAliveInitialDelay: keepAlive }),
        allowHalfOpen: true,
      });
      const connection = new NodeConnection(socket);
      socket.once('connect', () => resolve(connection));
      socket.once('error', reject);
    }),
  listen: async (port, { backlog = 511 } = {}) => {
    const accepted = new Waiting<Connection>();
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: false, noDelay: true });
    server.on('connection', (socket) => accepted.put(new NodeConnection(socket)));
    server.listen({ port, host: '::', backlog });
    await once(server, 'listening');
    return {
      accept: () => accepted.take(),
      close: async () => void server.close(),
    } satisfies Listener;
  },
  datagrams: async (port, peer) => {
    const family = peer?.address.includes(':') === false ? 'udp4' : 'udp6';
    const socket = dgram.createSocket({ type: family });
    socket.bind(port);
    await once(socket, 'listening');
    if (peer !== undefined) {
      socket.connect(peer.port, peer.address);
      await once(socket, 'connect');
    }
    return new NodeDatagrams(socket);
  },
  ping: (address, bytes) =>
    new Promise((resolve) => {
      execFile('ping', ['-n', '-c', '1', '-W', '5', '-s', String(bytes), address], (error) => resolve(error === null));
    }),
};

class NodeConnection implements Connection {
  readonly #socket: net.Socket;
  readonly #over = Promise.withResolvers<string>();
  #failure: string | undefined;
  #ended = false;
  #reader = (): void => {};

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('readable', () => this.#reader());
    socket.on('end', () => {
      this.#ended = true;
      this.#reader();
    });
    socket.on('error', (error) => {
      this.#failure = codeOf(error);
      this.#reader();
    });
    socket.on('close', () => {
      this.#over.resolve(this.#failure ?? 'closed');
      this.#reader();
    });
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#socket.write(bytes, (error) => (error ? reject(failureOf(codeOf(error))) : resolve())),
    );
  }

  receive(count: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let missing = count;
      this.#reader = () => {
        while (missing > 0) {
          const length = Math.min(missing, this.#socket.readableLength);
          const chunk = length === 0 ? this.#socket.read() : this.#socket.read(length);
          if (chunk === null) break;
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
      this.#reader();
    });
  }

  async finish(): Promise<void> {
    this.#socket.end();
  }

  async abort(): Promise<void> {
    this.#socket.resetAndDestroy();
  }

  over(): Promise<string> {
    return this.#over.promise;
  }

  async localPort(): Promise<number> {
    return this.#socket.localPort ?? 0;
  }
}

class NodeDatagrams implements DatagramSocket {
  readonly #socket: dgram.Socket;
  readonly #received = new Waiting<Datagram>();
  readonly #refusals = new Waiting<string>();

  constructor(socket: dgram.Socket) {
    this.#socket = socket;
    socket.on('message', (payload, { address, port }) =>
      this.#received.put({ payload, from: { address: address.replace(/^::ffff:/, ''), port } }),
    );
    socket.on('error', (error) => this.#refusals.put(codeOf(error)));
  }

  send(payload: Uint8Array): Promise<void> {
    // An error of the datagram before may come out here; `refusal` tells it.
    return new Promise((resolve) =>
      this.#socket.send(payload, (error) => {
        if (error !== null) this.#refusals.put(codeOf(error));
        resolve();
      }),
    );
  }

  sendTo(payload: Uint8Array, { address, port }: Place): Promise<void> {
    const mapped = address.includes(':') ? address : `::ffff:${address}`;
    return new Promise((resolve, reject) =>
      this.#socket.send(payload, port, mapped, (error) => (error === null ? resolve() : reject(error))),
    );
  }

  receive(): Promise<Datagram> {
    return this.#received.take();
  }

  refusal(): Promise<string> {
    return this.#refusals.take();
  }

  async localPort(): Promise<number> {
    return this.#socket.address().port;
  }

  async close(): Promise<void> {
    this.#socket.close();
  }
}
