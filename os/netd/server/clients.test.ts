/** What else clients do: TLS on top, datagrams, names, echo, captures; and what they should not do. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect as connectUnix, type Socket as UnixSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSocket } from '../../sockets/client/datagrams.ts';
import { names } from '../../sockets/client/names.ts';
import { network } from '../../sockets/client/network.ts';
import { configure, watchNetwork } from '../../sockets/client/questions.ts';
import { createServer } from '../../sockets/client/server.ts';
import { connect, type Socket } from '../../sockets/client/socket.ts';
import { controlFrame, dataHeader } from '../../sockets/framing.ts';
import { MemoryNetwork } from '../fixture/memory-network.ts';
import { SocketServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'panos-clients-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let backend: MemoryNetwork;
let server: SocketServer;
let path: string;
let number = 0;
const start = async () => {
  backend = new MemoryNetwork();
  server = new SocketServer({
    backend,
    privileged: {
      capture: (_, write) => {
        write(Buffer.from('pcapng'));
        return () => {};
      },
      configure: async (net) => [`got ${JSON.stringify(net)}`],
    },
    mostConnections: { ofOne: 250, ofAll: 1000 },
    log: (_, message) => expect.fail(message),
  });
  await server.listen(path, 0o600);
};
beforeEach(async () => {
  path = join(folder, `socket-${number++}`);
  await start();
});
afterEach(() => server.close());

const text = async (stream: Duplex) => {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
};

const listen = (listener: (socket: Socket) => void, port = 0) =>
  new Promise<number>((resolve) => {
    const listening = createServer({ path }, listener);
    listening.on('error', () => {});
    listening.listen(port, () => resolve(listening.address()?.port ?? 0));
  });

/** A bare connection to the daemon, for clients without manners. */
const bare = () =>
  new Promise<UnixSocket>((resolve) => {
    const socket = connectUnix(path, () => resolve(socket));
    socket.on('error', () => {});
  });

describe('clients', () => {
  it('speak TLS on top', async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=here.test', '-addext', 'subjectAltName=DNS:here.test'];
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    execFileSync('openssl', [...kind, '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' });
    const [secret, shown] = [readFileSync(key), readFileSync(certificate)];
    const port = await listen((socket) => {
      const secured = new tls.TLSSocket(socket, { isServer: true, key: secret, cert: shown });
      secured.on('error', () => {});
      secured.on('data', (chunk) => secured.end(`you said ${chunk}`));
    });
    const socket = connect({ port, host: 'here.test', path });
    const secured = tls.connect({ socket, ca: shown, servername: 'here.test' });
    secured.write('hello');
    expect(await text(secured)).toBe('you said hello');
    expect(secured.authorized).toBe(true);
  });

  it('send datagrams, also to groups, and learn whose a taken port is', async () => {
    const receiver = createSocket({ type: 'udp4', path });
    receiver.bind(5353, undefined, () => receiver.addMembership('224.0.0.251'));
    await new Promise((resolve) => receiver.once('listening', resolve));
    expect(receiver.address()).toEqual({ address: '0.0.0.0', family: 'IPv4', port: 5353 });
    const heard: string[] = [];
    const both = new Promise<void>((resolve) => {
      receiver.on('message', (message, { family, size }) => {
        if (heard.push(`${message} ${family} ${size}`) === 2) resolve();
      });
    });
    const sender = createSocket({ type: 'udp4', path });
    sender.send('by name', 5353, 'here.test');
    sender.send('to the group', 5353, '224.0.0.251');
    await both;
    expect(heard.sort()).toEqual(['by name IPv4 7', 'to the group IPv4 12']);
    const second = createSocket({ type: 'udp4', path });
    second.bind(5353);
    expect(await new Promise((resolve) => second.once('error', resolve))).toMatchObject({ code: 'EADDRINUSE' });
    await new Promise<void>((resolve) => receiver.close(resolve));
    sender.close();
  });

  it('ask for names', async () => {
    const dns = names({ path });
    expect(await dns.lookup('here.test')).toEqual({ address: '127.0.0.1', family: 4 });
    expect(await dns.lookup('here.test', { all: true })).toHaveLength(1);
    expect(await dns.resolve('here.test', 'MX')).toEqual([{ priority: 10, exchange: 'mail.here.test' }]);
    expect(await dns.reverse('127.0.0.1')).toEqual(['here.test']);
    await expect(dns.resolve4('nowhere.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(names({ path: '/nowhere' }).resolve4('here.test')).rejects.toMatchObject({ code: 'ENETDOWN' });
  });

  it('ping, watch, capture and configure', async () => {
    const net = network(path, path);
    const echo = await net.echo('here.test', 0);
    const reply = new Promise((resolve) => {
      echo.onEvent = resolve;
    });
    echo.send(7, 56);
    expect(await reply).toMatchObject({ type: 'reply', from: '127.0.0.1', sequence: 7, roundTrip: 0.0015 });
    echo.close();

    let told = 0;
    const twice = Promise.withResolvers<void>();
    const stop = watchNetwork(
      ({ hostname }) => {
        expect(hostname).toBe('lighthouse');
        told += 1;
        if (told === 1) server.notify();
        else twice.resolve();
      },
      twice.reject,
      { path },
    );
    await twice.promise;
    stop();

    const bytes = await new Promise((resolve, reject) => net.capture(undefined, resolve, reject));
    expect(String(bytes)).toBe('pcapng');
    expect(await configure({ mdns: false }, { path })).toEqual(['got {"mdns":false}']);
  });

  it('keep listening when the daemon comes back, and lose their connections', async () => {
    const port = await listen((socket) => socket.on('error', () => {}).pipe(socket), 4711);
    expect(port).toBe(4711);
    const socket = connect({ port, host: 'here.test', path });
    await new Promise((resolve) => socket.once('connect', resolve));
    const lost = new Promise((resolve) => socket.once('error', resolve));
    server.close();
    expect(await lost).toMatchObject({ code: 'ECONNRESET' });
    await start();
    while (!backend.listeners.has(port)) await new Promise((resolve) => setTimeout(resolve, 5));
    const again = connect({ port, host: 'here.test', path });
    again.end('again');
    expect(await text(again)).toBe('again');
  });
});

describe('one misbehaving client', () => {
  it('is not read further, and a stalled peer bounds what it can send', async () => {
    const port = await listen((socket) => void socket.on('error', () => {}));
    const socket = await bare();
    socket.write(controlFrame({ type: 'connect', host: 'here.test', port }));
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    // Nobody reads at the other end, and this client does not care what it was granted.
    for (let sent = 0; sent < 3_000_000 && socket.writable; sent += 60_000) {
      socket.write(dataHeader(60_000));
      socket.write(Buffer.alloc(60_000));
    }
    socket.resume();
    await closed;
  });

  it.each([
    ['an unknown opening', { type: 'constructor' }, 'EPROTO'],
    ['a port that is none', { type: 'connect', host: 'here.test', port: 1e9 }, 'EINVAL'],
    ['no host', { type: 'connect', port: 1 }, 'EINVAL'],
    ['a token that nobody gave', { type: 'accept', token: 'x' }, 'ECONNABORTED'],
    ['an address that is none', { type: 'listen', address: 'here', port: 1 }, 'EINVAL'],
    ['an unknown record', { type: 'resolve', name: 'x', record: 'ANY' }, 'EINVAL'],
  ])('is told of %s', async (_, opening, code) => {
    const socket = await bare();
    socket.write(controlFrame(opening));
    const [answer] = await new Promise<[Buffer]>((resolve) => socket.once('data', (chunk: Buffer) => resolve([chunk])));
    expect(JSON.parse(answer.subarray(5).toString())).toMatchObject({ type: 'failed', code });
    socket.destroy();
  });

  it('that dies resets its connections', async () => {
    const peer = new Promise<Error>((resolve) => void listen((socket) => socket.on('error', resolve), 4712));
    while (!backend.listeners.has(4712)) await new Promise(setImmediate);
    const socket = await bare();
    socket.write(controlFrame({ type: 'connect', host: 'here.test', port: 4712 }));
    await new Promise((resolve) => socket.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
    expect(await peer).toMatchObject({ code: 'ECONNRESET' });
  });

  it('harms nobody, whatever it says', async () => {
    const port = await listen((socket) => socket.on('error', () => {}).pipe(socket));
    const opening = fc.oneof(
      fc.anything(),
      fc.record({
        type: fc.constantFrom('connect', 'listen', 'accept', 'udp', 'lookup', 'resolve', 'echo', 'watch', 'capture'),
        host: fc.constantFrom('here.test', 'nowhere.test', 7),
        port: fc.oneof(fc.constant(port), fc.anything()),
        name: fc.anything(),
        family: fc.anything(),
        address: fc.anything(),
        token: fc.string(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(opening, fc.array(fc.anything()), fc.uint8Array(), async (first, later, rubbish) => {
        const socket = await bare();
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.resume();
        for (const message of [first, ...later]) socket.write(controlFrame({ ...(message as object) }));
        socket.end(rubbish);
        setTimeout(() => socket.destroy(), 5);
        await closed;
      }),
      { numRuns: 60 },
    );
    const socket = connect({ port, host: 'here.test', path });
    socket.end('still here');
    expect(await text(socket)).toBe('still here');
  });

  it('cannot open more than its share', async () => {
    const sockets: UnixSocket[] = [];
    while (sockets.length < 300) sockets.push(...(await Promise.all(Array.from({ length: 100 }, bare))));
    const refused = new Promise<Buffer>((resolve) => {
      for (const socket of sockets) socket.on('data', resolve);
    });
    expect((await refused).toString()).toContain('EMFILE');
    for (const socket of sockets) socket.destroy();
  });

  it('is kept out by the mode of the socket', () => expect(statSync(path).mode & 0o777).toBe(0o600));
});
