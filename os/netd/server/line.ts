import type { Socket } from 'node:net';
import { controlFrame, datagramFrame, dataHeader } from '../../sockets/framing.ts';
import type { End, FromDaemon } from '../../sockets/protocol.ts';
import type { Message } from './message.ts';

/** Bytes that may wait for a client that does not read; what can be left out is left out from then on. */
const mostWaiting = 1024 * 1024;

/** The daemon's end of a client's connection. */
export class Line {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** More waits for the client than it should: datagrams and replies are dropped. */
  get congested(): boolean {
    return this.#socket.writableLength > mostWaiting;
  }

  tell(message: FromDaemon): void {
    if (this.#socket.writable) this.#socket.write(controlFrame(message));
  }

  /** @returns false when there is no room for more until it drains */
  sendData(bytes: Uint8Array): boolean {
    if (!this.#socket.writable) return true;
    this.#socket.cork();
    this.#socket.write(dataHeader(bytes.length));
    const room = this.#socket.write(bytes);
    this.#socket.uncork();
    return room;
  }

  sendDatagram(remote: End, payload: Uint8Array): void {
    if (this.#socket.writable && !this.congested) this.#socket.write(datagramFrame(remote, payload));
  }

  /** Says why it cannot be, and ends. */
  fail(code: string, message: string): void {
    this.tell({ type: 'failed', code, message });
    this.end();
  }

  /** Answers a question, and ends. */
  answer(value: unknown): void {
    this.tell({ type: 'answer', value });
    this.end();
  }

  /** Closes when what was said has been taken. */
  end(): void {
    if (this.#socket.writable) this.#socket.end();
  }
}

/** What became of an opening: how the rest of the connection is taken. */
export interface Conversation {
  /** @throws Refusal, which ends the connection */
  onMessage?(message: Message): void;
  /** Absent: data is against the protocol. The bytes are the taker's own. */
  onData?(bytes: Uint8Array): void;
  onDatagram?(remote: End, payload: Uint8Array): void;
  /** There is room to send again. */
  onDrain?(): void;
  /** The client's connection is gone. Called once, whatever went before. */
  onGone(): void;
}
