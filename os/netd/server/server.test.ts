/** The client library against the daemon's socket server, and beside it Node.js's own sockets: the same cases over each. */
import type { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import * as nodeNet from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServer } from '../../sockets/client/server.ts';
import { connect } from '../../sockets/client/socket.ts';
import type { Backend } from '../backend/backend.ts';
import { kernelBackend } from '../backend/kernel.ts';
import { emptyStatus, MemoryNetwork } from '../fixture/memory-network.ts';
import { SocketServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'panos-netd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type AnySocket = Duplex & Pick<nodeNet.Socket, 'resetAndDestroy' | 'remotePort' | 'localPort' | 'destroySoon'>;
type AnyServer = EventEmitter & {
  listen(port: number, host: string, listener: () => void): unknown;
  address(): unknown;
  close(listener?: () => void): unknown;
};

interface Sockets {
  createServer(options: { allowHalfOpen: boolean }, listener: (socket: AnySocket) => void): AnyServer;
  connect(options: { port: number; host: string; allowHalfOpen?: boolean }): AnySocket;
}

const daemons: Readonly<Record<string, (() => Backend) | undefined>> = {
  'node:net': undefined,
  'our sockets over a stack in memory': () => new MemoryNetwork(),
  'our sockets over the stack of Linux': () => kernelBackend(() => emptyStatus),
};

const once = (emitter: EventEmitter, event: string) =>
  new Promise<unknown[]>((resolve) => emitter.once(event, (...args) => resolve(args)));

/** Everything until the end, without closing the socket. */
const text = (socket: Duplex) =>
  new Promise<string>((resolve, reject) => {
    let all = '';
    socket.on('data', (chunk) => {
      all += chunk;
    });
    socket.once('end', () => resolve(all));
    socket.once('error', reject);
  });

let number = 0;

describe.each(Object.entries(daemons))('%s', (_, backend) => {
  let sockets: Sockets;
  let server: SocketServer | undefined;
  const servers: AnyServer[] = [];

  beforeEach(async () => {
    if (backend === undefined) {
      sockets = { createServer: nodeNet.createServer as never, connect: nodeNet.connect as never };
      return;
    }
    const path = join(folder, `socket-${number++}`);
    server = new SocketServer({ backend: backend(), log: (_, message) => expect.fail(message) });
    await server.listen(path, 0o600);
    sockets = {
      createServer: (options, listener) => createServer({ ...options, path }, listener as never),
      connect: (options) => connect({ ...options, path }) as never,
    };
  });
  afterEach(() => {
    for (const each of servers.splice(0)) each.close();
    server?.close();
  });

  const serve = async (listener: (socket: AnySocket) => void, allowHalfOpen = false): Promise<number> => {
    const listening = sockets.createServer({ allowHalfOpen }, (socket) => {
      // At the end of a test the daemon is gone before the last connections are.
      socket.on('error', () => {});
      listener(socket);
    });
    servers.push(listening);
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return (listening.address() as nodeNet.AddressInfo).port;
  };

  it('connects, and both ends know each other', async () => {
    const taken: AnySocket[] = [];
    const port = await serve((socket) => taken.push(socket));
    const socket = sockets.connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    expect(socket).toMatchObject({
      remoteAddress: '127.0.0.1',
      remotePort: port,
      remoteFamily: 'IPv4',
      connecting: false,
    });
    while (taken.length === 0) await new Promise(setImmediate);
    expect(taken[0]).toMatchObject({ remotePort: socket.localPort, localPort: port });
    const closed = once(socket, 'close');
    socket.destroy();
    expect(await closed).toEqual([false]);
  });

  it('echoes', async () => {
    const port = await serve((socket) => socket.pipe(socket));
    const socket = sockets.connect({ port, host: '127.0.0.1' });
    socket.end('hello');
    expect(await text(socket)).toBe('hello');
  });

  it('keeps one direction open when the other is closed', async () => {
    const port = await serve((socket) => {
      void text(socket).then((question) => socket.end(`answer to ${question}`));
    }, true);
    const socket = sockets.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('question');
    expect(await text(socket)).toBe('answer to question');
  });

  it('is refused where nobody listens', async () => {
    const port = await serve(() => {});
    servers[0]?.close();
    servers.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const socket = sockets.connect({ port, host: '127.0.0.1' });
    const closed = once(socket, 'close');
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect', port, address: '127.0.0.1' });
    expect(await closed).toEqual([true]);
  });

  it('sees a reset', async () => {
    const port = await serve((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.resetAndDestroy());
    });
    const socket = sockets.connect({ port, host: '127.0.0.1' });
    socket.write('x');
    socket.resume();
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'read' });
  });

  it('carries much to a slow reader, in order and with bounds', async () => {
    const total = 6_000_000;
    const chunk = Buffer.alloc(100_000, 'abcdefghij');
    let stalled = 0;
    const port = await serve((socket) => {
      let sent = 0;
      const more = () => {
        while (sent < total) {
          sent += chunk.length;
          if (!socket.write(chunk)) {
            stalled++;
            socket.once('drain', more);
            return;
          }
        }
        socket.end();
      };
      more();
    });
    const socket = sockets.connect({ port, host: '127.0.0.1' });
    let received = 0;
    for await (const piece of socket) {
      const bytes = piece as Buffer;
      expect(bytes[0]).toBe('abcdefghij'.charCodeAt(received % 10));
      received += bytes.length;
      if (Math.random() < 0.05) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(received).toBe(total);
    expect(stalled).toBeGreaterThan(0);
  });

  it('serves a hundred at once', async () => {
    const port = await serve((socket) => socket.pipe(socket));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        const socket = sockets.connect({ port, host: '127.0.0.1' });
        socket.end(`number ${index}`);
        return text(socket);
      }),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, index) => `number ${index}`));
  });

  it('says that a port is taken', async () => {
    const port = await serve(() => {});
    const second = sockets.createServer({ allowHalfOpen: false }, () => {});
    const failed = new Promise<Error>((resolve) => second.on('error', resolve as never));
    second.listen(port, '127.0.0.1', () => {});
    expect(await failed).toMatchObject({ code: 'EADDRINUSE', syscall: 'listen' });
  });

  it('closes soon: what was written arrives', async () => {
    const port = await serve((socket) => {
      socket.write('goodbye');
      socket.destroySoon();
    });
    expect(await text(sockets.connect({ port, host: '127.0.0.1' }))).toBe('goodbye');
  });
});
