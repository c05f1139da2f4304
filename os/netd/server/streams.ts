/** Streams and listeners of clients. */
import type { TcpConnection, TcpFailure, TcpListener, TcpOptions } from '../../net/socket/tcp/connection.ts';
import { type Endpoint, formatAddress } from '../../net/wire/address.ts';
import { type End, initialCredit, type StreamOptions } from '../../sockets/protocol.ts';
import type { Backend } from '../backend/backend.ts';
import { dial } from '../dial.ts';
import { Flow, type FlowUser } from '../flow.ts';
import { systemRandom } from '../system-random.ts';
import type { Conversation, Line } from './line.ts';
import * as field from './message.ts';

/** Bytes after which a client is told that it may send as much again. */
const grain = initialCredit / 4;
/** Milliseconds in which a client has to take up a connection that it was told of. */
const longestWait = 10_000;
const mostBacklog = 1024;

const asEnd = ({ address, port }: Endpoint): End => ({ address: formatAddress(address), port });

function tcpOptions({ noDelay, keepAlive }: StreamOptions): TcpOptions {
  return {
    ...(noDelay === undefined ? {} : { noDelay }),
    ...(keepAlive === undefined
      ? {}
      : { keepAlive: keepAlive === null ? undefined : { idle: keepAlive, interval: 75_000, probes: 9 } }),
  };
}

/** The client's side of an open connection. */
class StreamUser implements FlowUser {
  readonly #line: Line;
  #uncredited = 0;
  /** Bytes that the client may still send. */
  credit = initialCredit;

  constructor(line: Line) {
    this.#line = line;
  }

  give(bytes: Uint8Array): boolean {
    return this.#line.sendData(bytes);
  }

  accepted(bytes: number): void {
    this.#uncredited += bytes;
    if (this.#uncredited < grain) return;
    this.credit += this.#uncredited;
    this.#line.tell({ type: 'credit', bytes: this.#uncredited });
    this.#uncredited = 0;
  }

  ended(): void {
    this.#line.tell({ type: 'end' });
  }

  closed(failure?: TcpFailure): void {
    if (failure === undefined) this.#line.end();
    else this.#line.fail(failure.code, failure.message);
  }
}

/** From `connected` on. */
function converse(line: Line, flow: Flow): Conversation {
  const user = new StreamUser(line);
  let left = false;
  line.tell({ type: 'connected', local: asEnd(flow.connection.local), remote: asEnd(flow.connection.remote) });
  flow.attach(user);
  return {
    onMessage(message) {
      if (message['type'] === 'end') flow.finish();
      else if (message['type'] === 'options') flow.connection.setOptions(tcpOptions(field.streamOptions(message)));
      else if (message['type'] === 'close') {
        left = true;
        flow.abandon();
      }
    },
    onData(bytes) {
      user.credit -= bytes.length;
      if (user.credit < 0) throw new field.Refusal('EPROTO', 'more was sent than was allowed');
      flow.take(bytes);
    },
    onDrain: () => flow.resume(),
    onGone() {
      if (!left) flow.abort();
    },
  };
}

export function openConnect(backend: Backend, line: Line, message: field.Message): Conversation {
  const address = field.localAddress(message, 'localAddress');
  const port = field.optionalWhole(message, 'localPort', 0, 65_535);
  const destination = {
    host: field.text(message, 'host'),
    port: field.whole(message, 'port', 0, 65_535),
    family: field.family(message),
    ...(address === undefined && port === undefined
      ? {}
      : { local: { ...(address === undefined ? {} : { address }), ...(port === undefined ? {} : { port }) } }),
  };
  let open: Conversation | undefined;
  let options = field.streamOptions(message);
  const stop = dial(backend, destination, tcpOptions(options), {
    connected: (connection) => {
      connection.setOptions(tcpOptions(options));
      open = converse(line, new Flow(connection));
    },
    failed: (code, reason) => line.fail(code, reason),
  });
  return {
    onMessage(message) {
      if (open !== undefined) open.onMessage?.(message);
      else if (message['type'] === 'close') stop();
      else options = { ...options, ...field.streamOptions(message) };
    },
    onData(bytes) {
      if (open === undefined) throw new field.Refusal('EPROTO', 'data came before the connection was there');
      open.onData?.(bytes);
    },
    onDrain: () => open?.onDrain?.(),
    onGone() {
      stop();
      open?.onGone();
    },
  };
}

/** Connections that were announced to clients and wait to be taken up, by token. */
export class Announced {
  readonly #waiting = new Map<string, { flow: Flow; timer: NodeJS.Timeout; onSettled: (token: string) => void }>();

  /** `onSettled` is called when it was taken up, or given up because it was not. */
  add(connection: TcpConnection, onSettled: (token: string) => void): string {
    const token = Buffer.from(systemRandom.bytes(16)).toString('base64url');
    const timer = setTimeout(() => this.take(token)?.abort(), longestWait).unref();
    this.#waiting.set(token, { flow: new Flow(connection), timer, onSettled });
    return token;
  }

  take(token: string): Flow | undefined {
    const entry = this.#waiting.get(token);
    if (entry === undefined) return undefined;
    this.#waiting.delete(token);
    clearTimeout(entry.timer);
    entry.onSettled(token);
    return entry.flow;
  }
}

export function openAccept(announced: Announced, line: Line, message: field.Message): Conversation {
  const flow = announced.take(field.text(message, 'token'));
  if (flow === undefined) throw new field.Refusal('ECONNABORTED', 'there is no such connection any more');
  flow.connection.setOptions(tcpOptions(field.streamOptions(message)));
  return converse(line, flow);
}

export function openListen(backend: Backend, announced: Announced, line: Line, message: field.Message): Conversation {
  const address = field.localAddress(message, 'address');
  const port = field.whole(message, 'port', 0, 65_535);
  const backlog = field.optionalWhole(message, 'backlog', 1, 65_535) ?? 511;
  const waiting = new Set<string>();
  let listener: TcpListener | undefined;
  let gone = false;
  const place = { port, ...(address === undefined ? {} : { address }) };
  backend.listen(place, { backlog: Math.min(backlog, mostBacklog) }).then(
    (opened) => {
      if (gone) {
        opened.close();
        return;
      }
      listener = opened;
      opened.onConnection = (connection) => {
        // Without events it is aborted, as a full backlog demands.
        if (waiting.size >= mostBacklog || line.congested) return;
        const token = announced.add(connection, (settled) => waiting.delete(settled));
        waiting.add(token);
        line.tell({ type: 'connection', token });
      };
      // What a port of 0 became; an address that was not asked for stays every address.
      line.tell({
        type: 'listening',
        address: address === undefined ? null : formatAddress(address),
        port: opened.local.port,
      });
    },
    (error: Error & { code?: string }) => line.fail(error.code ?? 'EINVAL', error.message),
  );
  return {
    onGone() {
      gone = true;
      listener?.close();
      for (const token of [...waiting]) announced.take(token)?.abort();
    },
  };
}
