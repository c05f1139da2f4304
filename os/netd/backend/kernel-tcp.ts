/** TCP of Linux behind the contract of ours, through `node:net`. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type {
  TcpConnection,
  TcpFailure,
  TcpListener,
  TcpListenerEvents,
  TcpOptions,
  TcpState,
  TcpStatistics,
} from '../../net/socket/tcp/connection.ts';
import { type Endpoint, formatAddress, parseAddress, unmapped, unspecified6 } from '../../net/wire/address.ts';
import type { Backend, ListenPlace } from './backend.ts';

/** Bytes that are taken by `write` before it takes less than it is given. */
const sendBuffer = 256 * 1024;

/** The codes that a failure may have; others are reported as the first. */
const codes: readonly TcpFailure['code'][] = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
];

const failureOf = (error: Error & { code?: string }): TcpFailure => ({
  code: codes.find((code) => code === error.code) ?? 'ECONNRESET',
  message: error.message,
});

function endpoint(address: string | undefined, port: number | undefined): Endpoint {
  const parsed = parseAddress((address ?? '').replace(/%.*/, ''));
  return { address: parsed === undefined ? unspecified6 : unmapped(parsed), port: port ?? 0 };
}

class KernelConnection implements TcpConnection {
  events: TcpListenerEvents = {};
  readonly #socket: Socket;
  readonly #remote: Endpoint | undefined;
  #state: TcpState;
  #failure: TcpFailure | undefined;
  #aborted = false;
  #wantsDrain = false;

  constructor(socket: Socket, remote?: Endpoint) {
    this.#socket = socket;
    this.#remote = remote;
    this.#state = socket.connecting ? 'syn-sent' : 'established';
    socket.on('connect', () => {
      this.#state = 'established';
      this.events.onConnect?.();
    });
    socket.on('readable', () => this.events.onData?.());
    socket.on('drain', () => {
      if (!this.#wantsDrain) return;
      this.#wantsDrain = false;
      this.events.onDrain?.();
    });
    socket.on('end', () => {
      this.#state = 'close-wait';
      this.events.onEnd?.();
    });
    socket.on('error', (error) => {
      this.#failure = failureOf(error);
    });
    socket.on('close', () => {
      this.#state = 'closed';
      if (!this.#aborted) this.events.onClose?.(this.#failure);
    });
  }

  get local(): Endpoint {
    return endpoint(this.#socket.localAddress, this.#socket.localPort);
  }

  get remote(): Endpoint {
    return this.#remote ?? endpoint(this.#socket.remoteAddress, this.#socket.remotePort);
  }

  get state(): TcpState {
    return this.#state;
  }

  /** Linux tells Node.js little of a connection. */
  get statistics(): TcpStatistics {
    return {
      smoothedRoundTrip: undefined,
      retransmissionTimeout: 0,
      congestionWindow: 0,
      slowStartThreshold: 0,
      sendWindow: 0,
      receiveWindow: 0,
      maxSegment: 0,
      retransmits: 0,
      bytesSent: this.#socket.bytesWritten,
      bytesReceived: this.#socket.bytesRead,
      sendQueue: this.#socket.writableLength,
      receiveQueue: this.#socket.readableLength,
    };
  }

  setOptions(options: TcpOptions): void {
    if (options.noDelay !== undefined) this.#socket.setNoDelay(options.noDelay);
    if ('keepAlive' in options) this.#socket.setKeepAlive(options.keepAlive !== undefined, options.keepAlive?.idle);
  }

  write(bytes: Uint8Array): number {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded || this.#state === 'syn-sent') return 0;
    const taken = bytes.subarray(0, Math.max(0, sendBuffer - socket.writableLength));
    // A copy: the caller may use its memory again.
    if (taken.length > 0) socket.write(Uint8Array.from(taken));
    this.#wantsDrain ||= taken.length < bytes.length;
    return taken.length;
  }

  read(max = 64 * 1024): Uint8Array | undefined {
    const waiting = this.#socket.readableLength;
    const bytes = waiting === 0 ? this.#socket.read() : this.#socket.read(Math.min(max, waiting));
    return (bytes as Buffer | null) ?? undefined;
  }

  finish(): void {
    this.#socket.end();
  }

  abort(): void {
    this.#aborted = true;
    this.#state = 'closed';
    this.#socket.resetAndDestroy();
  }
}

class KernelListener implements TcpListener {
  readonly local: Endpoint;
  readonly #server: Server;
  onConnection: (connection: TcpConnection) => void = () => {};

  constructor(server: Server, keep: (connection: KernelConnection, socket: Socket) => void) {
    this.#server = server;
    const place = server.address();
    this.local = typeof place === 'object' && place !== null ? endpoint(place.address, place.port) : endpoint('', 0);
    server.on('connection', (socket) => {
      const connection = new KernelConnection(socket);
      keep(connection, socket);
      const untouched = connection.events;
      this.onConnection(connection);
      if (connection.events === untouched) connection.abort();
    });
  }

  close(): void {
    this.#server.close();
  }
}

/** Linux's TCP, and what is open in it. */
export class KernelTcp {
  readonly #open = new Set<KernelConnection | KernelListener>();

  connect: Backend['connect'] = (remote, options = {}) => {
    const { local } = options;
    const socket = connect({
      host: formatAddress(remote.address),
      port: remote.port,
      allowHalfOpen: true,
      ...(local?.address === undefined ? {} : { localAddress: formatAddress(local.address) }),
      ...(local?.port === undefined ? {} : { localPort: local.port }),
    });
    const connection = new KernelConnection(socket, remote);
    connection.setOptions(options);
    this.#keep(connection, socket);
    return connection;
  };

  async listen({ address, port }: ListenPlace, options: { backlog?: number } = {}): Promise<TcpListener> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const place = { port, ...(address === undefined ? {} : { host: formatAddress(address) }) };
      server.listen({ ...place, ...(options.backlog === undefined ? {} : { backlog: options.backlog }) }, resolve);
    });
    server.on('error', () => {});
    const listener = new KernelListener(server, (connection, socket) => this.#keep(connection, socket));
    this.#keep(listener, server);
    return listener;
  }

  /** Everything that is open. */
  list(): Iterable<TcpConnection | TcpListener> {
    return this.#open;
  }

  #keep(entry: KernelConnection | KernelListener, emitter: Socket | Server): void {
    this.#open.add(entry);
    emitter.once('close', () => this.#open.delete(entry));
  }
}
