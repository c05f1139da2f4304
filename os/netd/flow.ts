import type { TcpConnection, TcpFailure } from '../net/socket/tcp/connection.ts';

/** Who is at the near end of a connection: a client of the socket server, or of the proxy. */
export interface FlowUser {
  /** Bytes that the peer sent. @returns false when there is no room for more until `resume` is called */
  give(bytes: Uint8Array): boolean;
  /** So many bytes of what was taken are with the connection now. */
  accepted(bytes: number): void;
  /** The peer has finished. */
  ended(): void;
  /** The connection is no more. */
  closed(failure?: TcpFailure): void;
}

/** Bytes handed over at once. */
const piece = 64 * 1024;
/** Milliseconds that a connection nobody holds any more may take to end, as Linux's tcp_fin_timeout. */
const longestFarewell = 60_000;

/**
 * A connection and its user, each way as fast as the slower side. It may wait for its user: until there is one nothing is
 * read, so that the peer's window bounds what is kept.
 */
export class Flow {
  readonly connection: TcpConnection;
  #user: FlowUser | undefined;
  #toSend: Uint8Array[] = [];
  #finishing = false;
  #full = false;
  #abandoned = false;
  #ended = false;
  #closed: { failure: TcpFailure | undefined } | undefined;
  #farewell: NodeJS.Timeout | undefined;

  /** Takes the connection's events over. */
  constructor(connection: TcpConnection) {
    this.connection = connection;
    connection.events = {
      onData: () => this.#receive(),
      onDrain: () => this.#send(),
      onEnd: () => {
        this.#ended = true;
        this.#user?.ended();
      },
      onClose: (failure) => {
        this.#closed = { failure };
        this.#toSend = [];
        clearTimeout(this.#farewell);
        this.#user?.closed(failure);
      },
    };
  }

  /** Whether the connection is gone. */
  get over(): boolean {
    return this.#closed !== undefined;
  }

  attach(user: FlowUser): void {
    this.#user = user;
    this.#receive();
    if (this.#ended) user.ended();
    if (this.#closed !== undefined) user.closed(this.#closed.failure);
  }

  /** The user has bytes for the peer. They are kept; how many at most is agreed through `accepted`. */
  take(bytes: Uint8Array): void {
    if (this.#closed !== undefined || this.#finishing || bytes.length === 0) return;
    this.#toSend.push(bytes);
    if (this.#toSend.length === 1) this.#send();
  }

  /** The user has room again. */
  resume(): void {
    this.#full = false;
    this.#receive();
  }

  /** Nothing more will be taken. */
  finish(): void {
    if (this.#finishing) return;
    this.#finishing = true;
    if (this.#toSend.length === 0) this.connection.finish();
  }

  /** Nobody reads any more: what was taken is sent, and anything the peer still says is answered by a reset. */
  abandon(): void {
    if (this.#closed !== undefined) return;
    this.#user = undefined;
    this.#abandoned = true;
    this.finish();
    this.#receive();
    if (this.over) return;
    this.#farewell = setTimeout(() => this.connection.abort(), longestFarewell).unref();
  }

  abort(): void {
    this.#user = undefined;
    this.#toSend = [];
    clearTimeout(this.#farewell);
    if (this.#closed !== undefined) return;
    this.#closed = { failure: undefined };
    this.connection.abort();
  }

  #receive(): void {
    if (this.#abandoned && !this.over) {
      if (this.connection.read(1) !== undefined) this.abort();
      return;
    }
    while (this.#user !== undefined && !this.#full) {
      const bytes = this.connection.read(piece);
      if (bytes === undefined) return;
      if (!this.#user.give(bytes)) this.#full = true;
    }
  }

  #send(): void {
    let accepted = 0;
    for (;;) {
      const [first] = this.#toSend;
      if (first === undefined) break;
      const taken = this.connection.write(first);
      accepted += taken;
      if (taken < first.length) {
        if (this.#toSend.length > 0) this.#toSend[0] = first.subarray(taken);
        break;
      }
      this.#toSend.shift();
    }
    if (accepted > 0) this.#user?.accepted(accepted);
    if (this.#finishing && this.#toSend.length === 0 && this.#closed === undefined) this.connection.finish();
  }
}
