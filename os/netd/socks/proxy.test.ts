import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { kernelBackend } from '../backend/kernel.ts';
import { address, emptyStatus, MemoryNetwork } from '../fixture/memory-network.ts';
import { Flow } from '../flow.ts';
import { readGreeting, readRequest } from './messages.ts';
import { type SocksProxy, startProxy } from './proxy.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function scene(network = new MemoryNetwork()) {
  const proxy: SocksProxy = await startProxy(network, 0);
  open.push(() => proxy.close());
  const client = (): Omit<Socket, 'take'> & { take(length: number): Promise<Buffer> } => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    open.push(() => socket.destroy());
    const take = async (length: number): Promise<Buffer> => {
      for (;;) {
        const bytes = socket.read(length) as Buffer | null;
        if (bytes !== null) return bytes;
        if (socket.readableEnded || socket.destroyed) return Buffer.alloc(0);
        await new Promise((resolve) => {
          socket.once('readable', resolve);
          socket.once('close', resolve);
        });
      }
    };
    return Object.assign(socket, { take });
  };
  return { proxy, network, client };
}

/** An echo service in memory. */
async function echo(network: MemoryNetwork, port: number): Promise<void> {
  const listener = await network.listen({ port });
  listener.onConnection = (connection) => {
    const flow = new Flow(connection);
    flow.attach({
      give: (bytes) => {
        flow.take(bytes);
        return true;
      },
      accepted: () => {},
      ended: () => flow.finish(),
      closed: () => {},
    });
  };
}

const greeting = Buffer.from([5, 1, 0]);
const toName = (name: string, port: number, command = 1) =>
  Buffer.concat([
    Buffer.from([5, command, 0, 3, name.length]),
    Buffer.from(name),
    Buffer.from([port >> 8, port & 0xff]),
  ]);

describe('the proxy', () => {
  it('connects to a name, carries both ways, and keeps half of a connection open', async () => {
    const { network, client } = await scene();
    await echo(network, 7);
    const socket = client();
    socket.write(greeting);
    expect([...(await socket.take(2))]).toEqual([5, 0]);
    // The data comes with the request.
    socket.end(Buffer.concat([toName('here.test', 7), Buffer.from('hello')]));
    expect([...(await socket.take(10))].slice(0, 8)).toEqual([5, 0, 0, 1, 127, 0, 0, 1]);
    expect((await socket.take(5)).toString()).toBe('hello');
    expect(await socket.take(1)).toHaveLength(0);
  });

  it.each([
    ['IPv4', [5, 1, 0, 1, 127, 0, 0, 1, 0, 7], 0],
    ['IPv6', [5, 1, 0, 4, ...new Array(15).fill(0), 1, 0, 7], 0],
    ['a closed port', [5, 1, 0, 1, 127, 0, 0, 1, 0, 8], 5],
    ['a name that does not exist', [...toName('nowhere.test', 7)], 4],
    ['BIND', [...toName('here.test', 7, 2)], 7],
    ['UDP ASSOCIATE', [...toName('here.test', 7, 3)], 7],
    ['an unknown kind of address', [5, 1, 0, 9, 0, 0, 0], 8],
  ])('answers a request to %s', async (_, request, reply) => {
    const { network, client } = await scene();
    await echo(network, 7);
    const socket = client();
    socket.write(Buffer.concat([greeting, Buffer.from(request)]));
    await socket.take(2);
    expect((await socket.take(4))[1]).toBe(reply);
  });

  it.each([
    ['another version', Buffer.from([4, 1, 0, 80, 127, 0, 0, 1, 0]), []],
    ['only methods with a password', Buffer.from([5, 1, 2]), [5, 255]],
  ])('refuses %s', async (_, bytes, answer) => {
    const { client } = await scene();
    const socket = client();
    socket.write(bytes);
    expect([...(await socket.take(2))]).toEqual(answer);
  });

  it('resets when the connection is reset', async () => {
    const { network, client } = await scene();
    const listener = await network.listen({ port: 9 });
    listener.onConnection = (connection) => {
      connection.events = { onData: () => connection.abort() };
    };
    const socket = client();
    socket.write(Buffer.concat([greeting, toName('here.test', 9), Buffer.from('x')]));
    const [error] = await new Promise<[Error & { code?: string }]>((resolve) =>
      socket.once('error', (e) => resolve([e])),
    );
    expect(error.code).toBe('ECONNRESET');
  });

  it('tries the next address of a name without waiting for the first', async () => {
    const network = new MemoryNetwork();
    await echo(network, 7);
    const [dead, alive] = [address('2001:db8::1'), address('192.0.2.1')];
    network.names.set('both.test', [dead, alive]);
    network.silent.add(dead);
    const { client } = await scene(network);
    const socket = client();
    socket.write(Buffer.concat([greeting, toName('both.test', 7), Buffer.from('hello')]));
    await socket.take(2);
    expect((await socket.take(10))[1]).toBe(0);
    expect((await socket.take(5)).toString()).toBe('hello');
    expect(network.attempts).toEqual([dead, alive]);
  });

  it('is understood by curl', async (context) => {
    const server = createServer((_, response) => response.end('x'.repeat(300_000)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(() => server.close());
    const { port } = server.address() as { port: number };
    const proxy = await startProxy(
      kernelBackend(() => emptyStatus),
      0,
    );
    open.push(() => proxy.close());
    const arguments_ = ['-sS', '--max-time', '5', '--socks5-hostname', `127.0.0.1:${proxy.port}`];
    try {
      const { stdout } = await promisify(execFile)('curl', [...arguments_, `http://localhost:${port}/`]);
      expect(stdout).toHaveLength(300_000);
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') context.skip('there is no curl');
      throw error;
    }
  });
});

describe('messages', () => {
  it('are read without reading past their end, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const message of [bytes, Uint8Array.of(5, ...bytes)]) {
          for (const read of [readGreeting(message), readRequest(message)]) {
            if (typeof read === 'object') expect(read.length).toBeLessThanOrEqual(message.length);
          }
        }
      }),
    );
  });
});
