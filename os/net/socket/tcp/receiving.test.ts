import { describe, expect, it } from 'vitest';
import { connect, createBench } from './fixture/bench.ts';
import { ScriptedPeer } from './fixture/scripted-peer.ts';

const data = (sequence: number, payload: string) => ({ flags: 'A', sequence, acknowledgement: 1, payload });
const options = { sackPermitted: true };

describe('acknowledgements', () => {
  /** Beyond the quick ones at the start. */
  const settled = () => {
    const peer = new ScriptedPeer();
    const user = peer.accept(options);
    for (let index = 0; index < 16; index++) peer.inject(data(1 + index * 1000, 'x'.repeat(1000)));
    expect(peer.lines()).toHaveLength(16);
    return { peer, user, next: 16_001 };
  };

  it('are not delayed at the start, then for every second full segment, or 40 ms', () => {
    const { peer, next } = settled();
    peer.inject(data(next, 'x'.repeat(1000)));
    expect(peer.lines()).toEqual([]);
    peer.inject(data(next + 1000, 'x'.repeat(1000)));
    expect(peer.lines()).toEqual([`A 1:${next + 2000}`]);
    peer.inject(data(next + 2000, 'y'));
    peer.pass(39);
    expect(peer.lines()).toEqual([]);
    peer.pass(1);
    expect(peer.lines()).toEqual([`A 1:${next + 2001}`]);
  });

  it('ride on the answer', () => {
    const { peer, user, next } = settled();
    const { events } = user.connection;
    user.connection.events = { ...events, onData: () => user.write('answer') };
    peer.inject(data(next, 'question'));
    expect(peer.lines()).toEqual([`PA 1:${next + 8} 6`]);
  });

  it('count merged segments as what they were', () => {
    const { peer, next } = settled();
    peer.inject({ ...data(next, 'x'.repeat(20_000)) });
    expect(peer.lines()).toEqual([`A 1:${next + 20_000}`]);
  });

  it('come at once for what is out of order, fills a hole, or comes twice, and say so', () => {
    const { peer, user, next } = settled();
    peer.inject(data(next + 100, 'x'.repeat(100)));
    peer.inject(data(next + 300, 'x'.repeat(100)));
    expect(peer.sent().map(({ sack }) => sack)).toEqual([
      [next + 100, next + 200],
      [next + 300, next + 400, next + 100, next + 200],
    ]);
    peer.inject(data(next, 'x'.repeat(100)));
    expect(peer.sent()).toMatchObject([{ acknowledgement: next + 200, sack: [next + 300, next + 400] }]);
    peer.inject(data(next, 'x'.repeat(50)));
    expect(peer.sent()).toMatchObject([{ sack: [next, next + 50, next + 300, next + 400] }]);
    peer.inject(data(next + 200, 'x'.repeat(100)));
    expect(peer.sent()).toMatchObject([{ acknowledgement: next + 400, sack: [] }]);
    expect(user.receivedBytes).toBe(next + 399);
  });
});

describe('segments that overlap', () => {
  it('are put together, and the first copy of a byte stays', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept(options);
    peer.inject(data(5, 'EFGH'));
    peer.inject(data(11, 'KLM'));
    peer.inject(data(3, 'cdefghijklmn'));
    peer.inject(data(1, 'ABC'));
    expect(user.received.toString()).toBe('ABCdEFGHijKLMn');
  });

  it('are cut at the window and at the FIN', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept(options, { receiveBuffer: 2048 });
    user.reading = false;
    peer.inject(data(1, 'x'.repeat(3000)));
    expect(user.connection.statistics.receiveQueue).toBe(2048);
    expect(peer.sent().at(-1)).toMatchObject({ acknowledgement: 2049, window: 0 });
    user.readAll();
    expect(peer.sent().at(-1)).toMatchObject({ acknowledgement: 2049, window: 2048 });
    peer.inject({ ...data(2053, 'last'), flags: 'FA' });
    peer.inject(data(2057, 'beyond'));
    peer.inject(data(2049, '1234'));
    user.readAll();
    expect(user.received.toString()).toBe(`${'x'.repeat(2048)}1234last`);
    peer.pass(0);
    expect(user.told.at(-1)).toBe('end');
  });

  it('cost no more than the buffer, however small they are', () => {
    const peer = new ScriptedPeer();
    peer.accept(options, { receiveBuffer: 65_536 });
    for (let index = 0; index < 20_000; index++) peer.inject(data(3 + index * 2, '.'));
    const last = peer.sent().at(-1);
    expect(last?.acknowledgement).toBe(1);
    // What is kept ends long before what was sent.
    expect(Math.max(...(last?.sack ?? []))).toBeLessThan(500);
  });
});

describe('users', () => {
  it('may do anything while they are told', () => {
    const bench = createBench();
    const { client, server } = connect(bench);
    bench.until(() => client.told.includes('connect'));
    bench.pass(10);
    const { connection } = server();
    connection.events = {
      onData: () => {
        connection.write(connection.read() ?? new Uint8Array());
        connection.finish();
        connection.abort();
        connection.write(new Uint8Array(5));
      },
    };
    client.write('hello');
    bench.until(() => client.failure !== undefined);
    expect(client.failure?.code).toBe('ECONNRESET');
    expect([...bench.b.tcp.list()]).toHaveLength(1);
  });

  it('that throw lose their connection, and nothing else', () => {
    const errors: unknown[] = [];
    const bench = createBench({ onCallbackError: (error) => errors.push(error) });
    const { client, server } = connect(bench);
    bench.until(() => client.told.includes('connect'));
    bench.pass(10);
    server().connection.events = {
      onData: () => {
        throw new Error('a bug');
      },
    };
    client.write('hello');
    bench.until(() => client.failure !== undefined);
    expect(errors).toEqual([new Error('a bug')]);
    expect(bench.b.tcp.counters()['callbackFailures']).toBe(1);
  });

  it('are told that there is room when a third of the buffer is free', () => {
    const bench = createBench();
    const { client, server } = connect(bench, { sendBuffer: 30_000 }, { receiveBuffer: 40_000 });
    bench.until(() => client.told.includes('connect'));
    bench.pass(10);
    server().reading = false;
    expect(client.connection.write(new Uint8Array(100_000))).toBe(30_000);
    bench.pass(100);
    expect(client.told).toEqual(['connect', 'drain']);
    expect(client.connection.write(new Uint8Array(100_000))).toBe(30_000);
    bench.pass(1000);
    expect(client.told).toEqual(['connect', 'drain']);
    server().reading = true;
    server().readAll();
    bench.pass(1000);
    expect(server().receivedBytes).toBeGreaterThan(40_000);
  });

  it('lose their connections with the address', () => {
    const bench = createBench();
    const { client } = connect(bench);
    bench.until(() => client.told.includes('connect'));
    bench.a.tcp.addressLost(bench.a.wire.own);
    bench.pass(0);
    expect(client.failure?.code).toBe('ECONNABORTED');
    expect([...bench.a.tcp.list()]).toEqual([]);
  });
});
