/** The SOCKS5 proxy on loopback, by which programs that know only Linux's sockets reach the network. RFC 1928. */
import { createServer, type Server, type Socket } from 'node:net';
import type { TcpConnection } from '../../net/socket/tcp/connection.ts';
import type { Backend } from '../backend/backend.ts';
import { dial } from '../dial.ts';
import { Flow } from '../flow.ts';
import * as socks from './messages.ts';

const connectCommand = 1;
/** A handshake is shorter; what comes with it is data for the connection. */
const longestHandshake = 512;
/** Milliseconds in which a client has to say what it wants, and after which a connection without traffic is ended. */
const handshakePatience = 10_000;
const idlePatience = 60 * 60 * 1000;
const mostClients = 512;
/** Bytes that wait for a connection before its client is not read any more. */
const mostWaiting = 256 * 1024;
/** Finds dead peers of connections on which nothing happens. */
const keepAlive = { idle: 60_000, interval: 15_000, probes: 8 } as const;

export interface SocksProxy {
  readonly port: number;
  close(): void;
}

/**
 * Starts the proxy on 127.0.0.1.
 * @throws Error with `code` EADDRINUSE when somebody has the port
 */
export async function startProxy(backend: Backend, port: number): Promise<SocksProxy> {
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    clients.add(socket);
    socket.once('close', () => clients.delete(socket));
    serve(backend, socket);
  });
  server.maxConnections = mostClients;
  await listen(server, port);
  // One that cannot be accepted now is not the end.
  server.on('error', () => {});
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close() {
      server.close();
      for (const client of clients) client.destroy();
    },
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });

function serve(backend: Backend, socket: Socket): void {
  let received: Buffer = Buffer.alloc(0);
  let greeted = false;
  const patience = setTimeout(() => socket.destroy(), handshakePatience);
  socket.on('error', () => {});
  socket.once('close', () => clearTimeout(patience));
  const leave = () => socket.destroy();
  socket.once('end', leave);

  const take = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    if (!greeted) {
      const greeting = socks.readGreeting(received);
      if (greeting === 'incomplete') return;
      if (greeting === 'wrong' || !greeting.open) {
        end(greeting === 'wrong' ? undefined : socks.noMethod);
        return;
      }
      greeted = true;
      received = received.subarray(greeting.length);
      socket.write(socks.accepted);
    }
    const request = socks.readRequest(received);
    if (request === 'incomplete') {
      if (received.length > longestHandshake) end();
    } else if (request === 'wrong') end();
    else if (typeof request === 'number') end(socks.writeReply(request));
    else if (request.command !== connectCommand) end(socks.writeReply(socks.replies.commandNotSupported));
    else {
      stopListening();
      connect(backend, socket, request, received.subarray(request.length));
    }
  };
  const stopListening = () => {
    clearTimeout(patience);
    socket.removeListener('data', take);
    socket.removeListener('end', leave);
    socket.pause();
  };
  const end = (last?: Uint8Array) => {
    stopListening();
    if (last === undefined) socket.destroy();
    else socket.end(last, () => socket.destroy());
  };
  socket.on('data', take);
}

/** Until the connection is there the client is not read. */
function connect(backend: Backend, socket: Socket, to: socks.Request, early: Buffer): void {
  const stop = dial(
    backend,
    { host: to.host, port: to.port, family: 0 },
    { noDelay: true, keepAlive },
    {
      connected(connection) {
        socket.removeListener('close', stop);
        socket.write(socks.writeReply(socks.replies.succeeded, connection.local));
        join(socket, connection, early);
      },
      failed(code) {
        socket.end(socks.writeReply(socks.replyFor[code] ?? socks.replies.failed), () => socket.destroy());
      },
    },
  );
  socket.once('close', stop);
}

/** Joins client and connection until both directions have ended, or one side breaks. */
function join(socket: Socket, connection: TcpConnection, early: Buffer): void {
  const flow = new Flow(connection);
  let waiting = 0;
  const take = (bytes: Buffer): void => {
    waiting += bytes.length;
    flow.take(bytes);
    if (waiting > mostWaiting) socket.pause();
  };
  socket.setTimeout(idlePatience, () => socket.destroy());
  socket.on('data', take);
  socket.on('drain', () => flow.resume());
  socket.once('end', () => flow.finish());
  socket.once('close', () => flow.abort());
  flow.attach({
    give: (bytes) => socket.write(bytes),
    accepted(bytes) {
      waiting -= bytes;
      if (waiting <= mostWaiting) socket.resume();
    },
    ended: () => socket.end(),
    closed(failure) {
      if (failure === undefined) socket.destroySoon();
      else socket.resetAndDestroy();
    },
  });
  if (early.length > 0) take(early);
  if (waiting <= mostWaiting) socket.resume();
}
