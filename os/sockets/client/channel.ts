/** A client's end of one connection to the network daemon. */
import { connect, type Socket } from 'node:net';
import { controlFrame, datagramFrame, dataHeader, FrameReader } from '../framing.ts';
import { type End, type FromClient, type FromDaemon, type Opening, socketPath } from '../protocol.ts';

/** The longest message that the daemon is believed: the table of all sockets of a busy machine. */
const longestMessage = 16 * 1024 * 1024;

/** An error as Node.js's own: `code` says which. */
export interface SocketError extends Error {
  code: string;
  syscall?: string;
  address?: string;
  port?: number;
}

export const socketError = (code: string, message: string, more: Partial<SocketError> = {}): SocketError =>
  Object.assign(new Error(message), { code, ...more });

/** Where the daemon is asked; for tests, and for machines that keep it elsewhere. */
export interface Daemon {
  /** Path of its Unix socket; `/run/net/socket` where absent. */
  readonly path?: string | undefined;
}

export interface ChannelHandlers {
  onMessage(message: FromDaemon): void;
  onData?(bytes: Uint8Array): void;
  onDatagram?(remote: End, payload: Uint8Array): void;
  onDrain?(): void;
  /** It is over, at most once: ENETDOWN when there is no daemon, ECONNRESET when there was one. Not after `end` and `destroy`. */
  onLost(error: SocketError): void;
}

/** There is no daemon, or it has more to do than it can take up now (EAGAIN). */
const notConnected = (failure: (Error & { code?: string }) | undefined): SocketError =>
  failure?.code === 'EAGAIN' || failure?.code === 'EACCES'
    ? socketError(failure.code, failure.message)
    : socketError('ENETDOWN', 'the network service is not running');

export class Channel {
  readonly #socket: Socket;
  readonly #handlers: ChannelHandlers;
  #connected = false;
  #over = false;

  constructor(daemon: Daemon, opening: Opening, handlers: ChannelHandlers) {
    this.#handlers = handlers;
    const reader = new FrameReader(longestMessage, {
      onControl: (message) => this.#over || handlers.onMessage(message as unknown as FromDaemon),
      onData: (bytes) => this.#over || handlers.onData?.(bytes),
      onDatagram: (remote, payload) => this.#over || handlers.onDatagram?.(remote, payload),
    });
    const socket = connect({ path: daemon.path ?? socketPath });
    this.#socket = socket;
    socket.write(controlFrame(opening));
    socket.on('connect', () => {
      this.#connected = true;
    });
    socket.on('data', (chunk: Buffer) => {
      const problem = reader.push(chunk);
      if (problem !== undefined) this.#lose(socketError('EPROTO', `the network service is not understood: ${problem}`));
    });
    socket.on('drain', () => this.#over || handlers.onDrain?.());
    let failure: (Error & { code?: string }) | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      this.#lose(this.#connected ? socketError('ECONNRESET', 'the network service ended') : notConnected(failure));
    });
  }

  /** @returns false when it should not be given more until `onDrain` */
  send(message: FromClient): boolean {
    return !this.#socket.destroyed && this.#socket.write(controlFrame(message));
  }

  sendData(bytes: Uint8Array): boolean {
    this.#socket.cork();
    this.#socket.write(dataHeader(bytes.length));
    const room = this.#socket.write(bytes);
    this.#socket.uncork();
    return room;
  }

  sendDatagram(remote: End, payload: Uint8Array): boolean {
    return this.#socket.write(datagramFrame(remote, payload));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Lets what was sent arrive, and closes. */
  end(): void {
    this.#over = true;
    this.#socket.end();
    // Whatever is still said to us is of no interest, but must be taken for the end to be seen.
    this.#socket.resume();
  }

  /** Closes at once. */
  destroy(): void {
    this.#over = true;
    this.#socket.destroy();
  }

  #lose(error: SocketError): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    this.#handlers.onLost(error);
  }
}
