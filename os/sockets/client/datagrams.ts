/** Datagram sockets over the network daemon that look like those of `node:dgram`. */
import { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import type { FromDaemon } from '../protocol.ts';
import { Channel, type Daemon, type SocketError, socketError } from './channel.ts';
import { lookupAddresses } from './questions.ts';

export interface DatagramOptions extends Daemon {
  readonly type: 'udp4' | 'udp6';
  /** Several sockets may have the port; for multicast. */
  readonly reuseAddr?: boolean | undefined;
}

export interface RemoteInfo {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly port: number;
  readonly size: number;
}

type Sent = (error: Error | null, bytes: number) => void;

/**
 * A socket with the events of `dgram.Socket`: listening, message, error, close. `send` tells when the datagram was handed
 * to the daemon, not whether it arrived. When the daemon ends, an error (ECONNRESET) and `close` follow.
 */
export class DatagramSocket extends EventEmitter {
  readonly type: 'udp4' | 'udp6';
  readonly #options: DatagramOptions;
  #channel: Channel | undefined;
  #bound: { address: string; family: string; port: number } | undefined;
  #waiting: (() => void)[] = [];
  #closed = false;
  #referenced = true;

  constructor(options: DatagramOptions) {
    super();
    this.type = options.type;
    this.#options = options;
  }

  /** Binds to a port; 0 is an unused one. Without an address: to all of this socket's family. */
  bind(port = 0, address?: string, listener?: () => void): this {
    if (this.#channel !== undefined)
      throw Object.assign(new Error('the socket is bound'), { code: 'ERR_SOCKET_ALREADY_BOUND' });
    if (this.#closed) throw notRunning();
    if (listener !== undefined) this.once('listening', listener);
    const opening = {
      type: 'udp',
      family: this.#family,
      port,
      ...(address === undefined ? {} : { address }),
      ...(this.#options.reuseAddr === true ? { shared: true } : {}),
    } as const;
    this.#channel = new Channel(this.#options, opening, {
      onMessage: (message) => this.#hear(message),
      onDatagram: (remote, payload) => {
        const family = remote.address.includes(':') ? 'IPv6' : 'IPv4';
        this.emit('message', Buffer.from(payload), { ...remote, family, size: payload.length } satisfies RemoteInfo);
      },
      onLost: (error) => this.#fail(error),
    });
    if (!this.#referenced) this.#channel.unref();
    return this;
  }

  /** Sends to an address or a name. Without an earlier `bind` the socket gets an unused port. */
  send(message: Uint8Array | string, port: number, address?: string, listener?: Sent): void {
    if (this.#closed) throw notRunning();
    if (this.#channel === undefined) this.bind();
    const payload = typeof message === 'string' ? Buffer.from(message) : message;
    const host = address ?? (this.type === 'udp4' ? '127.0.0.1' : '::1');
    const hand = (to: string) =>
      this.#whenBound(() => {
        this.#channel?.sendDatagram({ address: to, port }, payload);
        listener?.(null, payload.length);
      });
    if (isIP(host) !== 0) hand(host);
    else {
      lookupAddresses(host, this.#family, this.#options).then(
        ([first]) => first !== undefined && hand(first),
        (error: SocketError) => (listener === undefined ? this.emit('error', error) : listener(error, 0)),
      );
    }
  }

  address(): { address: string; family: string; port: number } {
    if (this.#bound === undefined) throw socketError('EBADF', 'getsockname EBADF', { syscall: 'getsockname' });
    return this.#bound;
  }

  /** Joins a multicast group on the interface of that name, or on all. It is left when the socket closes. */
  addMembership(group: string, interfaceName?: string): void {
    if (this.#channel === undefined) this.bind();
    this.#channel?.send({ type: 'join', group, ...(interfaceName === undefined ? {} : { interface: interfaceName }) });
  }

  /** Multicast and link-local datagrams leave by this interface. */
  setMulticastInterface(interfaceName: string): void {
    if (this.#channel === undefined) this.bind();
    this.#channel?.send({ type: 'sending', interface: interfaceName });
  }

  setTTL(hops: number): number {
    if (this.#channel === undefined) this.bind();
    this.#channel?.send({ type: 'sending', hopLimit: hops });
    return hops;
  }

  setMulticastTTL(hops: number): number {
    return this.setTTL(hops);
  }

  close(listener?: () => void): this {
    if (this.#closed) throw notRunning();
    if (listener !== undefined) this.once('close', listener);
    this.#shut(() => this.#channel?.end());
    return this;
  }

  ref(): this {
    this.#referenced = true;
    this.#channel?.ref();
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#channel?.unref();
    return this;
  }

  get #family(): 4 | 6 {
    return this.type === 'udp4' ? 4 : 6;
  }

  #whenBound(work: () => void): void {
    if (this.#bound === undefined) this.#waiting.push(work);
    else work();
  }

  #hear(message: FromDaemon): void {
    if (message.type === 'bound') {
      const any = this.type === 'udp4' ? '0.0.0.0' : '::';
      this.#bound = { address: message.address ?? any, family: `IPv${this.#family}`, port: message.port };
      this.emit('listening');
      for (const work of this.#waiting.splice(0)) work();
    } else if (message.type === 'failed') {
      this.#fail(socketError(message.code, `bind ${message.code}: ${message.message}`, { syscall: 'bind' }));
    }
  }

  #fail(error: SocketError): void {
    this.#shut(() => this.#channel?.destroy());
    this.emit('error', error);
  }

  #shut(end: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    end();
    process.nextTick(() => this.emit('close'));
  }
}

const notRunning = () => Object.assign(new Error('the socket is closed'), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });

/** As `dgram.createSocket`. */
export function createSocket(
  options: DatagramOptions | 'udp4' | 'udp6',
  listener?: (message: Buffer, remote: RemoteInfo) => void,
): DatagramSocket {
  const socket = new DatagramSocket(typeof options === 'string' ? { type: options } : options);
  if (listener !== undefined) socket.on('message', listener);
  return socket;
}
