/** Listeners over the network daemon that look like those of `node:net`. */
import { EventEmitter } from 'node:events';
import type { FromDaemon } from '../protocol.ts';
import { Channel, type Daemon, type SocketError, socketError } from './channel.ts';
import { Socket } from './socket.ts';

export interface ServerOptions extends Daemon {
  readonly allowHalfOpen?: boolean | undefined;
  readonly noDelay?: boolean | undefined;
}

export interface ListenOptions {
  readonly port: number;
  /** Absent: every address of both families. */
  readonly host?: string | undefined;
  readonly backlog?: number | undefined;
}

/** Milliseconds between attempts to listen again after the daemon went away. */
const firstPause = 100;
const longestPause = 2000;

/**
 * A server, with the events of `net.Server`: listening, connection, close, error. When the daemon ends its connections
 * do, with ECONNRESET; the server waits for the daemon and listens again at the same place, without a further
 * `listening`. Only when that place was taken meanwhile does it emit an error and close.
 */
export class Server extends EventEmitter {
  listening = false;
  readonly #options: ServerOptions;
  readonly #sockets = new Set<Socket>();
  #channel: Channel | undefined;
  #address: { address: string; family: string; port: number } | null = null;
  #again: NodeJS.Timeout | undefined;
  #pause = firstPause;
  #closing = false;
  #referenced = true;

  constructor(options: ServerOptions = {}) {
    super();
    this.#options = options;
  }

  listen(options: ListenOptions, listener?: () => void): this;
  listen(port: number, host?: string, listener?: () => void): this;
  listen(port: number, listener?: () => void): this;
  listen(first: ListenOptions | number, second?: string | (() => void), third?: () => void): this {
    const options: ListenOptions =
      typeof first === 'object' ? first : { port: first, ...(typeof second === 'string' ? { host: second } : {}) };
    const listener = typeof second === 'function' ? second : third;
    if (this.#channel !== undefined || this.#again !== undefined) {
      throw Object.assign(new Error('the server listens already'), { code: 'ERR_SERVER_ALREADY_LISTEN' });
    }
    if (listener !== undefined) this.once('listening', listener);
    this.#closing = false;
    this.#open(options);
    return this;
  }

  address(): { address: string; family: string; port: number } | null {
    return this.#address;
  }

  /** Listens no more; `close` follows when the last connection has ended. */
  close(listener?: (error?: Error) => void): this {
    const open = this.#channel !== undefined || this.#again !== undefined;
    if (listener !== undefined) {
      if (open) this.once('close', () => listener());
      else process.nextTick(listener, socketError('ERR_SERVER_NOT_RUNNING', 'the server is not running'));
    }
    if (open) this.#stop();
    return this;
  }

  getConnections(listener: (error: Error | null, count: number) => void): this {
    process.nextTick(listener, null, this.#sockets.size);
    return this;
  }

  ref(): this {
    this.#referenced = true;
    this.#channel?.ref();
    this.#again?.ref();
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#channel?.unref();
    this.#again?.unref();
    return this;
  }

  #open({ port, host, backlog }: ListenOptions): void {
    this.#again = undefined;
    const opening = {
      type: 'listen',
      port,
      ...(host === undefined ? {} : { address: host }),
      ...(backlog === undefined ? {} : { backlog }),
    } as const;
    let reopened = this.listening;
    this.#channel = new Channel(this.#options, opening, {
      onMessage: (message) => {
        if (message.type === 'listening') {
          reopened = true;
          this.#listens(message);
        } else if (message.type === 'connection') this.#accept(message.token);
        else if (message.type === 'failed') {
          this.#fail(
            socketError(message.code, `listen ${message.code}: ${message.message}`, {
              syscall: 'listen',
              port,
              ...(host === undefined ? {} : { address: host }),
            }),
          );
        }
      },
      onLost: (error) => {
        // The first attempt tells; once it has listened it waits for the daemon to come back.
        if (!reopened) this.#fail(error);
        else this.#openLater({ port: this.#address?.port ?? port, host, backlog });
      },
    });
    if (!this.#referenced) this.#channel.unref();
  }

  #openLater(options: ListenOptions): void {
    this.#channel = undefined;
    this.#again = setTimeout(() => this.#open(options), this.#pause);
    this.#pause = Math.min(this.#pause * 2, longestPause);
    if (!this.#referenced) this.#again.unref();
  }

  #listens({ address, port }: Extract<FromDaemon, { type: 'listening' }>): void {
    this.#pause = firstPause;
    this.#address = { address: address ?? '::', family: address?.includes(':') === false ? 'IPv4' : 'IPv6', port };
    if (this.listening) return;
    this.listening = true;
    this.emit('listening');
  }

  #accept(token: string): void {
    const { path, allowHalfOpen, noDelay } = this.#options;
    const opening = { type: 'accept', token, ...(noDelay === undefined ? {} : { noDelay }) } as const;
    const socket = new Socket(opening, { path, allowHalfOpen: allowHalfOpen === true });
    this.#sockets.add(socket);
    socket.once('connect', () => {
      socket.removeListener('error', ignore);
      this.emit('connection', socket);
    });
    // One that ends before it was taken is nobody's.
    socket.on('error', ignore);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#closeIfDone();
    });
  }

  #fail(error: SocketError): void {
    this.#channel?.destroy();
    this.#channel = undefined;
    this.#address = null;
    const listened = this.listening;
    this.listening = false;
    this.emit('error', error);
    if (listened) this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    this.#channel?.destroy();
    this.#channel = undefined;
    this.#address = null;
    this.listening = false;
    this.#closing = true;
    process.nextTick(() => this.#closeIfDone());
  }

  #closeIfDone(): void {
    if (!this.#closing || this.#sockets.size > 0) return;
    this.#closing = false;
    this.emit('close');
  }
}

const ignore = (): void => {};

/** As `net.createServer`. */
export function createServer(options: ServerOptions, listener?: (socket: Socket) => void): Server;
export function createServer(listener?: (socket: Socket) => void): Server;
export function createServer(
  first?: ServerOptions | ((socket: Socket) => void),
  second?: (socket: Socket) => void,
): Server {
  const options = typeof first === 'object' ? first : {};
  const listener = typeof first === 'function' ? first : second;
  const server = new Server(options);
  if (listener !== undefined) server.on('connection', listener);
  return server;
}
