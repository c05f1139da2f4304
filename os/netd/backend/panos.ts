/** Our stack, entered through the driver: at the present time, and with what it commits sent at the end of the turn. */
import type { EchoReply, Host } from '../../net/host/host.ts';
import type {
  TcpConnection,
  TcpListener,
  TcpListenerEvents,
  TcpOptions,
  TcpState,
  TcpStatistics,
} from '../../net/socket/tcp/connection.ts';
import type { UdpSocket } from '../../net/socket/udp-contract.ts';
import type { Endpoint } from '../../net/wire/address.ts';
import type { Driver } from '../driver.ts';
import type { Backend } from './backend.ts';

class DrivenConnection implements TcpConnection {
  readonly #connection: TcpConnection;
  readonly #driver: Driver;

  constructor(connection: TcpConnection, driver: Driver) {
    this.#connection = connection;
    this.#driver = driver;
  }

  get local(): Endpoint {
    return this.#connection.local;
  }

  get remote(): Endpoint {
    return this.#connection.remote;
  }

  get state(): TcpState {
    return this.#connection.state;
  }

  get statistics(): TcpStatistics {
    return this.#connection.statistics;
  }

  get events(): TcpListenerEvents {
    return this.#connection.events;
  }

  set events(events: TcpListenerEvents) {
    this.#connection.events = events;
  }

  setOptions(options: TcpOptions): void {
    this.#driver.turn(() => this.#connection.setOptions(options));
  }

  write(bytes: Uint8Array): number {
    return this.#driver.turn(() => this.#connection.write(bytes));
  }

  read(max?: number): Uint8Array | undefined {
    return this.#driver.turn(() => this.#connection.read(max));
  }

  finish(): void {
    this.#driver.turn(() => this.#connection.finish());
  }

  abort(): void {
    this.#driver.turn(() => this.#connection.abort());
  }
}

function driveListener(listener: TcpListener, driver: Driver): TcpListener {
  const driven: TcpListener = {
    local: listener.local,
    onConnection: () => {},
    close: () => driver.turn(() => listener.close()),
  };
  listener.onConnection = (connection) => driven.onConnection(new DrivenConnection(connection, driver));
  return driven;
}

/** Its listeners may stay as they are: only calls enter the stack. */
function driveUdp(socket: UdpSocket, driver: Driver): UdpSocket {
  const driven: UdpSocket = {
    local: socket.local,
    onDatagram: undefined,
    onError: undefined,
    send: (payload, remote, options) => driver.turn(() => socket.send(payload, remote, options)),
    join: (group, name) => driver.turn(() => socket.join(group, name)),
    close: () => driver.turn(() => socket.close()),
  };
  socket.onDatagram = (datagram) => driven.onDatagram?.(datagram);
  socket.onError = (remote, reason) => driven.onError?.(remote, reason);
  return driven;
}

/** The stack of `host`. */
export function panosBackend(host: Host, driver: Driver): Backend {
  const { resolver } = host;
  return {
    connect: (remote, options) =>
      new DrivenConnection(
        driver.turn(() => host.tcp.connect(remote, options)),
        driver,
      ),
    async listen(place, options) {
      return driveListener(
        driver.turn(() => host.tcp.listen(place, options)),
        driver,
      );
    },
    async openUdp(place) {
      return driveUdp(
        driver.turn(() => host.udp.open(place)),
        driver,
      );
    },
    resolver: {
      lookup: (name, family) => driver.turn(() => resolver.lookup(name, family)),
      resolve: (name, type) => driver.turn(() => resolver.resolve(name, type)),
      reverse: (address) => driver.turn(() => resolver.reverse(address)),
    },
    echo(destination) {
      const session = driver.turn(() => host.echo(destination));
      const driven = {
        onReply: (_: EchoReply) => {},
        send: (sequence: number, bytes: number) => driver.turn(() => session.send(sequence, bytes)),
        close: () => driver.turn(() => session.close()),
      };
      session.onReply = (reply) => driven.onReply(reply);
      return driven;
    },
    status: () => driver.turn(() => host.status()),
    sockets: () => driver.turn(() => host.sockets()),
  };
}
