/** The socket server: connections of clients, each for one thing, none able to harm another. */
import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { FrameReader } from '../../sockets/framing.ts';
import type { Opening } from '../../sockets/protocol.ts';
import type { Backend } from '../backend/backend.ts';
import { openUdp } from './datagrams.ts';
import { type Conversation, Line } from './line.ts';
import { type Message, Refusal, text } from './message.ts';
import * as question from './questions.ts';
import { Announced, openAccept, openConnect, openListen } from './streams.ts';

/** What only the socket of root offers. */
export interface Privileged {
  /** Hands over frames as pcapng until the function that it returns is called. `write` says whether there is room. */
  capture(interfaceName: string | undefined, write: (bytes: Uint8Array) => boolean): () => void;
  /** @returns what is wrong with it, a sentence each */
  configure(net: unknown): Promise<readonly string[]>;
}

export interface SocketServerOptions {
  readonly backend: Backend;
  /** Absent: this socket is for everybody. */
  readonly privileged?: Privileged | undefined;
  /** Tells clients apart, as by their process; where it cannot, all count together. */
  readonly clientOf?: ((socket: Socket) => number | undefined) | undefined;
  readonly mostConnections?: { readonly ofOne: number; readonly ofAll: number };
  readonly log: (severity: 'warning' | 'debug', message: string) => void;
}

/**
 * Connections of one client, and of all together. Linux gives a process 4096 descriptors unless it asks for more; the
 * proxy's clients and connections over loopback need some too.
 */
const mostConnections = { ofOne: 1024, ofAll: 2048 } as const;
/** The longest control frame a client may send. */
const longestMessage = 64 * 1024;
/** Milliseconds in which a connection has to say what it is for. */
const openingPatience = 10_000;

type Opener = (line: Line, message: Message) => Conversation;

/** Listens on Unix sockets and serves whoever comes. */
export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #openers: Readonly<Record<Opening['type'], Opener>>;
  readonly #watchers = new question.Watchers();
  readonly #announced = new Announced();
  readonly #clients = new Map<number, number>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    const { backend, privileged } = options;
    const forRoot = (opener: (privileged: Privileged) => Opener): Opener => {
      if (privileged !== undefined) return opener(privileged);
      return () => {
        throw new Refusal('EACCES', 'only root may do that, at the other socket');
      };
    };
    this.#openers = {
      connect: (line, message) => openConnect(backend, line, message),
      listen: (line, message) => openListen(backend, this.#announced, line, message),
      accept: (line, message) => openAccept(this.#announced, line, message),
      udp: (line, message) => openUdp(backend, line, message),
      lookup: (line, message) => question.openLookup(backend, line, message),
      resolve: (line, message) => question.openResolve(backend, line, message),
      reverse: (line, message) => question.openReverse(backend, line, message),
      status: (line) => question.openStatus(backend, line),
      sockets: (line) => question.openSockets(backend, line),
      echo: (line, message) => question.openEcho(backend, line, message),
      watch: (line) => this.#watchers.open(backend, line),
      capture: forRoot(({ capture }) => (line, message) => {
        const name = message['interface'] === undefined ? undefined : text(message, 'interface');
        // A capture that nobody reads has gaps, as long as it is not read.
        const write = (bytes: Uint8Array) => {
          if (line.congested) return false;
          line.sendData(bytes);
          return true;
        };
        return { onGone: capture(name, write) };
      }),
      configure: forRoot(({ configure }) => (line, message) => {
        return question.answerLater(line, configure(message['net']));
      }),
    };
  }

  /**
   * Begins to listen at `path`, in place of whoever did before.
   * @throws the file system's error
   */
  async listen(path: string, mode: number): Promise<void> {
    try {
      unlinkSync(path);
    } catch {}
    const server = createServer({ allowHalfOpen: false, pauseOnConnect: false }, (socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    // One that cannot be accepted now (no more descriptors) is not the end.
    server.on('error', (error) => this.#options.log('warning', `a client could not be accepted: ${error.message}`));
    chmodSync(path, mode);
  }

  /** The status has changed. */
  notify(): void {
    this.#watchers.notify(this.#options.backend);
  }

  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    const line = new Line(socket);
    const client = this.#options.clientOf?.(socket) ?? -1;
    const count = this.#clients.get(client) ?? 0;
    this.#sockets.add(socket);
    this.#clients.set(client, count + 1);
    let conversation: Conversation | undefined;
    const patience = setTimeout(() => socket.destroy(), openingPatience).unref();

    /** Does what a frame asks for; a refusal or a defect ends this connection, and no other. */
    const guarded = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof Refusal)) {
          this.#options.log('warning', `a request failed: ${(error as Error).stack ?? error}`);
        }
        line.fail(error instanceof Refusal ? error.code : 'EIO', (error as Error).message);
        setTimeout(() => socket.destroy(), openingPatience).unref();
        conversation?.onGone();
        conversation = refused;
      }
    };
    const reader = new FrameReader(longestMessage, {
      onControl: (message) =>
        guarded(() => {
          if (conversation !== undefined) conversation.onMessage?.(message);
          else {
            clearTimeout(patience);
            conversation = this.#open(line, message);
          }
        }),
      onData: (bytes) =>
        guarded(() => {
          if (conversation?.onData === undefined) throw new Refusal('EPROTO', 'there is no stream for this data');
          conversation.onData(bytes);
        }),
      onDatagram: (remote, payload) =>
        guarded(() => {
          if (conversation?.onDatagram === undefined) throw new Refusal('EPROTO', 'there is no socket for a datagram');
          conversation.onDatagram(remote, payload);
        }),
    });
    socket.on('data', (chunk: Buffer) => {
      const problem = reader.push(chunk);
      if (problem !== undefined)
        guarded(() => {
          throw new Refusal('EPROTO', problem);
        });
    });
    socket.on('drain', () => guarded(() => conversation?.onDrain?.()));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(patience);
      this.#sockets.delete(socket);
      const left = (this.#clients.get(client) ?? 1) - 1;
      if (left === 0) this.#clients.delete(client);
      else this.#clients.set(client, left);
      guarded(() => conversation?.onGone());
    });
    const { ofOne, ofAll } = this.#options.mostConnections ?? mostConnections;
    if (count >= ofOne || this.#sockets.size > ofAll) {
      guarded(() => {
        throw new Refusal('EMFILE', 'too many connections to the network service');
      });
    }
  }

  #open(line: Line, message: Message): Conversation {
    const type = message['type'];
    const opener =
      typeof type === 'string' && Object.hasOwn(this.#openers, type)
        ? this.#openers[type as Opening['type']]
        : undefined;
    if (opener === undefined) throw new Refusal('EPROTO', `there is no opening ${JSON.stringify(type)?.slice(0, 40)}`);
    return opener(line, message);
  }
}

/** Of a connection that was refused: nothing it still says counts. */
const refused: Conversation = {
  onMessage: () => {},
  onData: () => {},
  onDatagram: () => {},
  onGone: () => {},
};
