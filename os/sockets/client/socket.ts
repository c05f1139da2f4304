/** Streams over the network daemon that look like those of `node:net`. */
import { Duplex } from 'node:stream';
import { type FromDaemon, initialCredit, longestData, type Opening, type StreamOptions } from '../protocol.ts';
import { Channel, type Daemon, type SocketError, socketError } from './channel.ts';

export interface ConnectOptions extends Daemon {
  readonly port: number;
  /** An address or a name; `localhost` where absent. */
  readonly host?: string | undefined;
  /** 4 or 6: only addresses of that family. */
  readonly family?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  /** Milliseconds. */
  readonly keepAliveInitialDelay?: number | undefined;
  readonly allowHalfOpen?: boolean | undefined;
  /** Milliseconds without traffic until `timeout` is emitted. */
  readonly timeout?: number | undefined;
}

interface Pending {
  rest: Buffer;
  readonly done: (error?: Error | null) => void;
}

const twoHours = 2 * 60 * 60 * 1000;

/**
 * A connection, with the events and properties of `net.Socket`: connect, ready, data, drain, end, timeout, error (with
 * `code`), close (with `hadError`). When the daemon ends, so does the connection, with ECONNRESET.
 */
export class Socket extends Duplex {
  connecting = true;
  remoteAddress: string | undefined;
  remotePort: number | undefined;
  remoteFamily: string | undefined;
  localAddress: string | undefined;
  localPort: number | undefined;
  localFamily: string | undefined;
  bytesRead = 0;
  bytesWritten = 0;
  /** Milliseconds, 0 for none; as `net.Socket` has it. */
  timeout = 0;
  readonly #channel: Channel;
  readonly #goal: { readonly syscall: string; readonly address?: string; readonly port?: number };
  #credit = initialCredit;
  #pending: Pending | undefined;
  /** The peer has finished. */
  #ended = false;
  #finishing: ((error?: Error | null) => void) | undefined;
  #options: StreamOptions = {};
  #idle: NodeJS.Timeout | undefined;

  /** For `connect` and `Server`. */
  constructor(
    opening: Extract<Opening, { type: 'connect' | 'accept' }>,
    options: Daemon & { allowHalfOpen?: boolean },
  ) {
    super({ allowHalfOpen: options.allowHalfOpen === true, emitClose: false, autoDestroy: true });
    this.#goal =
      opening.type === 'connect'
        ? { syscall: 'connect', address: opening.host, port: opening.port }
        : { syscall: 'accept' };
    this.#channel = new Channel(options, opening, {
      onMessage: (message) => this.#hear(message),
      onData: (bytes) => this.#receive(bytes),
      onLost: (error) => {
        // Both sides had finished: what is left is to be read.
        if (!this.#ended || !this.writableFinished) this.destroy(error);
      },
    });
  }

  get pending(): boolean {
    return this.connecting;
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed';
  }

  address(): { address?: string; family?: string; port?: number } {
    const [address, family, port] = [this.localAddress, this.localFamily, this.localPort];
    return address === undefined || family === undefined || port === undefined ? {} : { address, family, port };
  }

  setNoDelay(noDelay = true): this {
    return this.#set({ noDelay });
  }

  setKeepAlive(enable = false, initialDelay = 0): this {
    return this.#set({ keepAlive: enable ? initialDelay || twoHours : null });
  }

  /** Emits `timeout` after so many milliseconds without traffic; 0 never. */
  setTimeout(milliseconds: number, listener?: () => void): this {
    this.timeout = milliseconds;
    if (listener !== undefined) {
      if (milliseconds === 0) this.removeListener('timeout', listener);
      else this.once('timeout', listener);
    }
    clearTimeout(this.#idle);
    this.#idle = undefined;
    if (milliseconds > 0 && !this.destroyed) {
      this.#idle = setTimeout(() => this.emit('timeout'), milliseconds).unref();
    }
    return this;
  }

  ref(): this {
    this.#channel.ref();
    return this;
  }

  unref(): this {
    this.#channel.unref();
    return this;
  }

  /** Closes once everything written is on its way. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Closes by a reset: what is not yet sent is dropped, and the peer sees ECONNRESET. */
  resetAndDestroy(): this {
    this.#channel.destroy();
    return this.destroy();
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#pending = { rest: chunk, done };
    this.#sendPending();
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.connecting) this.#finishing = done;
    else {
      this.#channel.send({ type: 'end' });
      done();
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.connecting = false;
    this.#channel.send({ type: 'close' });
    this.#channel.end();
    const { done: written } = this.#pending ?? {};
    this.#pending = undefined;
    written?.(error ?? socketError('ERR_STREAM_DESTROYED', 'the socket was destroyed'));
    this.#finishing?.(error);
    done(error);
    // After `error`, which the stream emits at the next tick too.
    process.nextTick(() => this.emit('close', error !== null));
  }

  #set(options: StreamOptions): this {
    this.#options = { ...this.#options, ...options };
    if (!this.connecting && !this.destroyed) this.#channel.send({ type: 'options', ...options });
    return this;
  }

  #hear(message: FromDaemon): void {
    switch (message.type) {
      case 'connected':
        this.#connected(message);
        return;
      case 'credit':
        this.#credit += message.bytes;
        this.#sendPending();
        return;
      case 'end':
        this.#ended = true;
        this.push(null);
        // As `net.Socket`: the end is seen also by one who reads nothing, if there is nothing to read.
        if (this.readableLength === 0) this.read(0);
        return;
      case 'failed':
        this.destroy(this.#failure(message.code, message.message));
        return;
    }
  }

  #connected({ local, remote }: Extract<FromDaemon, { type: 'connected' }>): void {
    this.connecting = false;
    [this.localAddress, this.localPort, this.localFamily] = [local.address, local.port, familyOf(local.address)];
    [this.remoteAddress, this.remotePort, this.remoteFamily] = [remote.address, remote.port, familyOf(remote.address)];
    if (Object.keys(this.#options).length > 0) this.#channel.send({ type: 'options', ...this.#options });
    this.#refresh();
    this.emit('connect');
    this.emit('ready');
    if (this.destroyed) return;
    this.#sendPending();
    const finishing = this.#finishing;
    this.#finishing = undefined;
    if (finishing !== undefined) this._final(finishing);
  }

  #receive(bytes: Uint8Array): void {
    this.#refresh();
    this.bytesRead += bytes.length;
    if (!this.push(bytes)) this.#channel.pause();
  }

  #sendPending(): void {
    const pending = this.#pending;
    if (pending === undefined || this.connecting) return;
    while (pending.rest.length > 0 && this.#credit > 0) {
      const piece = pending.rest.subarray(0, Math.min(this.#credit, longestData));
      pending.rest = pending.rest.subarray(piece.length);
      this.#credit -= piece.length;
      this.bytesWritten += piece.length;
      this.#channel.sendData(piece);
      this.#refresh();
    }
    if (pending.rest.length > 0) return;
    this.#pending = undefined;
    pending.done();
  }

  #refresh(): void {
    this.#idle?.refresh();
  }

  #failure(code: string, message: string): SocketError {
    const { syscall, address, port } = this.#goal;
    if (!this.connecting || address === undefined || port === undefined) {
      return socketError(code, this.connecting ? message : `read ${code}`, { syscall: 'read' });
    }
    if (code.startsWith('E') && nameErrors.has(code)) {
      return socketError(code, `getaddrinfo ${code} ${address}`, { syscall: 'getaddrinfo' });
    }
    return socketError(code, `connect ${code} ${address}:${port}`, { syscall, address, port });
  }
}

const nameErrors = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED', 'ETIMEOUT', 'EBADNAME']);

const familyOf = (address: string): 'IPv4' | 'IPv6' => (address.includes(':') ? 'IPv6' : 'IPv4');

/** Opens a connection, as `net.connect`: `connect(options, listener)` or `connect(port, host, listener)`. */
export function connect(options: ConnectOptions, listener?: () => void): Socket;
export function connect(port: number, host?: string, listener?: () => void): Socket;
export function connect(first: ConnectOptions | number, second?: string | (() => void), third?: () => void): Socket {
  const options: ConnectOptions =
    typeof first === 'object' ? first : { port: first, ...(typeof second === 'string' ? { host: second } : {}) };
  const listener = typeof second === 'function' ? second : third;
  const { host, family, localAddress, localPort, noDelay, keepAlive, keepAliveInitialDelay } = options;
  const socket = new Socket(
    {
      type: 'connect',
      host: host ?? 'localhost',
      port: checkedPort(options.port),
      family: family === 4 || family === 6 ? family : 0,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(localPort === undefined ? {} : { localPort }),
      ...(noDelay === undefined ? {} : { noDelay }),
      ...(keepAlive === true ? { keepAlive: keepAliveInitialDelay || twoHours } : {}),
    },
    { path: options.path, allowHalfOpen: options.allowHalfOpen === true },
  );
  if (options.timeout !== undefined) socket.setTimeout(options.timeout);
  if (listener !== undefined) socket.once('connect', listener);
  return socket;
}

/** @throws RangeError with Node.js's `code` for what is no port */
function checkedPort(port: number): number {
  const number = Number(port);
  if (Number.isInteger(number) && number >= 0 && number < 65536) return number;
  throw Object.assign(new RangeError(`the port ${port} is not from 0 to 65535`), { code: 'ERR_SOCKET_BAD_PORT' });
}
