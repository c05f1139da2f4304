/**
 * The contract of an end of a connection, as the conformance cases see it: our stack, or Linux's. Everything is a promise,
 * so that the same case runs in virtual time and against a kernel. A connection reads nothing until it is asked to.
 */

/** An address as text, and a port. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface ConnectOptions {
  readonly localPort?: number;
  /** Bytes; our stack alone heeds them. */
  readonly sendBuffer?: number;
  readonly receiveBuffer?: number;
  /** Milliseconds of silence before probes are sent. Linux: whole seconds. */
  readonly keepAlive?: number;
}

export interface ListenOptions extends ConnectOptions {
  readonly backlog?: number;
}

export interface Connection {
  /** Resolves when the stack has taken all of it, rejects with the code when the connection ends before. */
  send(bytes: Uint8Array): Promise<void>;
  /** Waits for `count` bytes. Fewer when the other end finished before; rejects with the code when it broke off. */
  receive(count: number): Promise<Uint8Array>;
  /** Nothing more will be sent. */
  finish(): Promise<void>;
  /** Ends it at once, with RST. */
  abort(): Promise<void>;
  /** Resolves when the connection is over, with `closed` or with the code of what broke it: `ECONNRESET`. */
  over(): Promise<string>;
  localPort(): Promise<number>;
}

export interface Listener {
  /** The next connection, in the order of their coming. */
  accept(): Promise<Connection>;
  close(): Promise<void>;
}

export interface Datagram {
  readonly payload: Uint8Array;
  readonly from: Place;
}

export interface DatagramSocket {
  localPort(): Promise<number>;
  send(payload: Uint8Array): Promise<void>;
  sendTo(payload: Uint8Array, to: Place): Promise<void>;
  receive(): Promise<Datagram>;
  /** The code of the next error that the other end's answer caused: `ECONNREFUSED`. */
  refusal(): Promise<string>;
  close(): Promise<void>;
}

export interface End {
  /** Rejects with an error that has the `code`. */
  connect(to: Place, options?: ConnectOptions): Promise<Connection>;
  listen(port: number, options?: ListenOptions): Promise<Listener>;
  /** A socket on `port` (0: any) whose peer is `peer`, if it has one. */
  datagrams(port: number, peer?: Place): Promise<DatagramSocket>;
  /** Whether an echo request of so many bytes is answered. */
  ping(address: string, bytes: number): Promise<boolean>;
}

/** Two ends that can reach each other. */
export interface World {
  readonly ours: End;
  readonly theirs: End;
  readonly ourAddress: string;
  readonly theirAddress: string;
  /** On the same link, and nobody's. */
  readonly nobody: string;
  /** Lets so many milliseconds pass. */
  pass(milliseconds: number): Promise<void>;
  /** Cuts the cable, or mends it. */
  cut(isCut: boolean): void;
  /** Bytes of the cases' large transfers, and many connections: real time costs more than virtual. */
  readonly bulk: number;
  readonly many: number;
}

/** One end of a world, as the cases name them when they run both ways. */
export interface Side {
  readonly end: End;
  readonly address: string;
}

/** What must be so between two ends. */
export interface Case {
  readonly name: string;
  /** Holds on links that lose, delay, double and damage frames too. */
  readonly anyWeather?: true;
  /** But not on those that double frames, and why. */
  readonly unlessDoubled?: string;
  /** Who begins; left out: each of both in turn. */
  readonly from?: 'ours';
  run(world: World, client: Side, server: Side): Promise<void>;
}
