import { describe, expect, it } from 'vitest';
import { connect, createBench, pattern } from './fixture/bench.ts';
import { ScriptedPeer } from './fixture/scripted-peer.ts';

const full = 'x'.repeat(1460);
const options = { sackPermitted: true };

describe('small segments', () => {
  it('wait for each other (Nagle), full ones do not', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    user.write('a');
    user.write('b');
    user.write('c');
    expect(peer.lines()).toEqual(['PA 1:1 1']);
    user.write(full);
    expect(peer.lines()).toEqual(['A 2:1 1460']);
    peer.inject({ sequence: 1, acknowledgement: 1462 });
    expect(peer.lines()).toEqual(['PA 1462:1 2']);
  });

  it('go at once if the user wants', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept({}, { noDelay: true });
    user.write('a');
    user.write('b');
    expect(peer.lines()).toEqual(['PA 1:1 1', 'PA 2:1 1']);
  });

  it('are not made of a silly window', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept({}, {}, 4000);
    user.write('x'.repeat(6000));
    // Two full ones; what is left of the window is less than a segment and than half of it.
    expect(peer.lines()).toEqual(['A 1:1 1460', 'A 1461:1 1460']);
  });
});

describe('a closed window', () => {
  it('is probed with growing patience as long as the peer answers, and data goes on when it opens', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    user.write('abc');
    peer.inject({ sequence: 1, acknowledgement: 4, window: 0 });
    user.write('def');
    expect(peer.lines()).toEqual(['PA 1:1 3']);
    const times: number[] = [];
    for (let probe = 0; probe < 12; probe++) {
      const before = peer.clock.now;
      let lines: string[] = [];
      while (lines.length === 0) {
        peer.clock.advance(peer.clock.next);
        lines = peer.lines();
      }
      expect(lines).toEqual(['A 3:1']);
      times.push(peer.clock.now - before);
      peer.inject({ sequence: 1, acknowledgement: 4, window: 0 });
    }
    expect(times[1]).toBeGreaterThan(times[0] ?? 0);
    expect(Math.max(...times)).toBe(60_000);
    peer.inject({ sequence: 1, acknowledgement: 4, window: 1000 });
    expect(peer.lines()).toEqual(['PA 4:1 3']);
  });

  it('ends the connection when nobody answers', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept({}, { userTimeout: 30_000 });
    user.write('abc');
    peer.inject({ sequence: 1, acknowledgement: 4, window: 0 });
    user.write('def');
    peer.pass(120_000);
    expect(user.told).toEqual(['ETIMEDOUT']);
  });
});

describe('time-outs (RFC 6298)', () => {
  it('double, and end the connection in the end', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept({}, { userTimeout: 60_000 });
    user.write('hello');
    peer.sent();
    const times: number[] = [];
    while (user.failure === undefined) {
      peer.clock.advance(peer.clock.next);
      if (peer.lines().length > 0) times.push(peer.clock.now - 10_000);
    }
    expect(times).toEqual([200, 600, 1400, 3000, 6200, 12_600, 25_400, 51_000]);
    expect(user.failure.code).toBe('ETIMEDOUT');
    expect(peer.clock.now).toBe(70_000);
    expect(peer.wire.doubted).toBeGreaterThan(0);
  });
});

describe('keep-alive', () => {
  it('asks after silence, and ends the connection when there is no answer', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept({}, { keepAlive: { idle: 7_200_000, interval: 75_000, probes: 3 } });
    peer.pass(7_199_000);
    expect(peer.lines()).toEqual([]);
    peer.pass(2000);
    expect(peer.lines()).toEqual(['A 0:1']);
    peer.inject({ sequence: 1, acknowledgement: 1 });
    peer.pass(7_199_000);
    expect(peer.lines()).toEqual([]);
    peer.pass(400_000);
    expect(peer.lines()).toEqual(['A 0:1', 'A 0:1', 'A 0:1']);
    expect(user.told).toEqual(['ETIMEDOUT']);
  });
});

describe('loss', () => {
  /** Ten segments are on their way. */
  const tenSent = (selective: boolean) => {
    const peer = new ScriptedPeer();
    const user = peer.accept({ sackPermitted: selective });
    user.write(full.repeat(10));
    expect(peer.lines()).toHaveLength(10);
    peer.pass(20);
    return { peer, user };
  };
  const at = (segment: number): number => 1 + segment * 1460;

  it('is repaired hole by hole with selective acknowledgements (RFC 6675, RFC 8985)', () => {
    const { peer } = tenSent(true);
    // Segments 0, 3 and 6 are lost.
    peer.inject({ sequence: 1, acknowledgement: 1, sack: [at(1), at(2)] });
    peer.inject({ sequence: 1, acknowledgement: 1, sack: [at(1), at(3)] });
    expect(peer.lines()).toEqual([]);
    peer.inject({ sequence: 1, acknowledgement: 1, sack: [at(4), at(5), at(1), at(3)] });
    peer.inject({ sequence: 1, acknowledgement: 1, sack: [at(4), at(6), at(1), at(3)] });
    peer.inject({ sequence: 1, acknowledgement: 1, sack: [at(7), at(10), at(4), at(6), at(1), at(3)] });
    const repeated = peer.lines().map((line) => line.split(' ')[1]);
    expect(repeated).toEqual([`${at(0)}:1`, `${at(3)}:1`, `${at(6)}:1`]);
    expect(peer.tcp.counters()).toMatchObject({ retransmits: 3, fastRecoveries: 1, timeouts: 0 });
  });

  it('is repaired one segment a round trip without them (RFC 6582)', () => {
    const { peer } = tenSent(false);
    for (let duplicate = 0; duplicate < 2; duplicate++) peer.inject({ sequence: 1, acknowledgement: 1 });
    expect(peer.lines()).toEqual([]);
    peer.inject({ sequence: 1, acknowledgement: 1 });
    expect(peer.lines()).toEqual(['A 1:1 1460']);
    peer.inject({ sequence: 1, acknowledgement: at(4) });
    expect(peer.lines()[0]).toBe(`A ${at(4)}:1 1460`);
    expect(peer.tcp.counters()['timeouts']).toBe(0);
  });

  it('of the tail is found by a probe, not by a time-out (RFC 8985, section 7)', () => {
    const { peer } = tenSent(true);
    peer.inject({ sequence: 1, acknowledgement: at(8) });
    peer.pass(150);
    expect(peer.lines()).toEqual([`PA ${at(9)}:1 1460`]);
    peer.inject({ sequence: 1, acknowledgement: at(8), sack: [at(9), at(10)] });
    peer.pass(20);
    expect(peer.lines()).toEqual([`A ${at(8)}:1 1460`]);
    expect(peer.tcp.counters()).toMatchObject({ lossProbes: 1, timeouts: 0 });
  });

  it('is not concluded from a little reordering once that was seen', () => {
    const wire = { delay: 10, bandwidth: 6250, queue: 300_000 };
    const bench = createBench({ forth: { ...wire, reorder: 0.03, late: 2 }, back: { delay: 10 } });
    const { client, server } = connect(bench);
    client.write(pattern(4_000_000), true);
    bench.until(() => client.connection.state === 'fin-wait-2', 100_000);
    expect(server().receivedBytes).toBe(4_000_000);
    const { retransmits, timeouts } = bench.a.tcp.counters();
    expect(timeouts).toBe(0);
    expect(retransmits).toBeLessThan(60 + bench.a.wire.lostPackets);
    // At 50 Mbit/s, which is what the wire has, this takes 0.67 s.
    expect(bench.clock.now - 5000).toBeLessThan(1000);
  });
});

describe('the size of segments', () => {
  it('is what the peer takes, and 536 if it does not say', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept({ maxSegment: 1000 });
    expect(user.connection.statistics.maxSegment).toBe(1000);
    const silent = new ScriptedPeer();
    silent.tcp.listen({ port: 80 }).onConnection = (connection) => {
      connection.events = {};
      connection.write(new Uint8Array(2000));
    };
    silent.inject({ flags: 'S', sequence: 0 });
    silent.inject({ sequence: 1, acknowledgement: 1 });
    expect(silent.lines().slice(1)).toEqual(['A 1:1 536', 'A 537:1 536', 'A 1073:1 536', 'PA 1609:1 392']);
  });

  it('falls with the path, and what was too long is sent again at once', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept(options);
    user.write(full.repeat(3));
    peer.sent();
    peer.wire.options = { ...peer.wire.options, maxPayload: 1020 };
    const quote = peer.build({ sequence: 0 }).subarray(0, 8);
    const view = new DataView(quote.buffer, quote.byteOffset);
    view.setUint16(0, peer.port);
    view.setUint16(2, peer.peerPort);
    view.setUint32(4, (peer.initial + 1) >>> 0);
    const { own } = peer.wire;
    const destination = user.connection.remote.address;
    peer.tcp.error({ source: own, destination, bytes: quote, start: 0, end: 8, reason: { kind: 'too-big' } });
    const again = peer.sent();
    expect(again.every(({ length }) => length <= 1000)).toBe(true);
    expect(again.reduce((bytes, { length }) => bytes + length, 0)).toBe(4380);
  });

  it('falls when full segments vanish and small ones do not (RFC 4821)', () => {
    const forth = { delay: 5, filter: (packet: Uint8Array) => packet.length <= 600 };
    const bench = createBench({ forth, back: { delay: 5 } });
    const { client, server } = connect(bench);
    client.write(pattern(30_000), true);
    bench.until(() => client.connection.state === 'fin-wait-2');
    expect(server().receivedBytes).toBe(30_000);
  });

  it('is left to the link where it cuts: trains of whole segments, as the windows let them', () => {
    const peer = new ScriptedPeer({ maxSegmented: 65_535 });
    const user = peer.accept();
    user.write(full.repeat(44));
    expect(peer.sent().map(({ length }) => length)).toEqual([14_600]);
    peer.inject({ sequence: 1, acknowledgement: 1 + 14_600 });
    expect(peer.sent().map(({ length }) => length)).toEqual([29_200]);
  });
});

describe('a full link', () => {
  it('is waited for', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    peer.wire.full = true;
    user.write('abc', true);
    peer.inject({ flags: 'PA', sequence: 1, acknowledgement: 1, payload: 'x' });
    expect(peer.lines()).toEqual([]);
    peer.wire.full = false;
    peer.tcp.writable();
    expect(peer.lines()).toEqual(['FPA 1:2 3']);
  });
});

describe('goodput', () => {
  it('at 20 ms and 1 % loss is what the Reno-friendly region of CUBIC gives, and no less', () => {
    const bench = createBench({ forth: { delay: 10, loss: 0.01 }, back: { delay: 10 } });
    const { client, server } = connect(bench);
    const length = 20_000_000;
    client.write(pattern(length), true);
    const begun = bench.clock.now;
    bench.until(() => client.connection.state === 'fin-wait-2', 120_000);
    expect(server().receivedBytes).toBe(length);
    // RFC 9438, section 4.3: AVG_W_est of p = 0.01, in segments; each round trip brings as much.
    const alpha = (3 * 0.3) / 1.7;
    const segments = Math.sqrt((alpha * 1.7) / (2 * 0.3 * 0.01));
    const expected = (segments * 1448) / 20;
    expect(length / (bench.clock.now - begun)).toBeGreaterThan(0.95 * expected);
    // Nothing is sent twice without need, and no time-out is waited for.
    const { retransmits, timeouts } = bench.a.tcp.counters();
    expect(retransmits).toBeLessThanOrEqual(bench.a.wire.lostPackets + 3);
    expect(timeouts).toBe(0);
  });

  it('fills a fast and long path: windows beyond 64 KiB grow on both sides', () => {
    const wire = { delay: 25, bandwidth: 12_500, queue: 400_000, maxSegmented: 20_000 };
    const bench = createBench({ forth: wire, back: { delay: 25 } });
    const { client, server } = connect(bench);
    client.write(pattern(20_000_000), true);
    bench.until(() => client.connection.state === 'fin-wait-2');
    expect(server().receivedBytes).toBe(20_000_000);
    // 100 Mbit/s would take 1.6 s.
    expect(bench.clock.now - 5000).toBeLessThan(2600);
  });
});
