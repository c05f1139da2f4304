import { describe, expect, it } from 'vitest';
import { connect, createBench, User } from './fixture/bench.ts';
import { peerAddress, ScriptedPeer } from './fixture/scripted-peer.ts';

const stamps = { sackPermitted: true, windowScale: 7, timestamps: { value: 1000, echo: 0 } };

describe('blind attacks (RFC 5961)', () => {
  it('is ended only by a reset with exactly the next number; near misses are challenged, far ones ignored', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    peer.inject({ flags: 'R', sequence: 2 });
    expect(peer.lines()).toEqual(['A 1:1']);
    peer.inject({ flags: 'R', sequence: 1_000_000 });
    expect(peer.lines()).toEqual([]);
    expect(user.connection.state).toBe('established');
    peer.inject({ flags: 'R', sequence: 1 });
    expect(user.told).toEqual(['ECONNRESET']);
  });

  it('challenges a SYN in the middle', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    peer.inject({ flags: 'S', sequence: 50, syn: {} });
    expect(peer.lines()).toEqual(['A 1:1']);
    expect(user.connection.state).toBe('established');
  });

  it('takes no data with an acknowledgement of what was never sent, or long ago', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    peer.inject({ flags: 'PA', sequence: 1, acknowledgement: 2, payload: 'evil' });
    expect(peer.lines()).toEqual(['A 1:1']);
    peer.pass(1000);
    peer.inject({ flags: 'PA', sequence: 1, acknowledgement: -100_000, payload: 'evil' });
    expect(peer.lines()).toEqual(['A 1:1']);
    peer.inject({ flags: 'PA', sequence: 1, acknowledgement: 1, payload: 'good' });
    expect(user.received.toString()).toBe('good');
  });

  it('limits how often it challenges', () => {
    const peer = new ScriptedPeer();
    peer.accept();
    for (let index = 0; index < 1000; index++) {
      peer.inject({ flags: 'R', sequence: 3 });
      peer.pass(1);
    }
    expect(peer.lines().length).toBe(10);
  });

  it('drops what has a wrong checksum', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    const bytes = peer.build({ flags: 'PA', sequence: 1, acknowledgement: 1, payload: 'abc' });
    bytes[20] = 0x7a;
    peer.injectBytes(bytes, false, false);
    expect(user.told).toEqual([]);
    expect(peer.tcp.counters()['badChecksums']).toBe(1);
  });
});

describe('old segments (RFC 7323)', () => {
  it('drops and answers one with an older timestamp', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept(stamps);
    const data = { flags: 'PA', acknowledgement: 1 };
    peer.inject({ ...data, sequence: 1, payload: 'a', timestamps: { value: 1010, echo: 0 } });
    peer.sent();
    peer.inject({ ...data, sequence: 2, payload: 'X', timestamps: { value: 1009, echo: 0 } });
    expect(peer.sent()).toMatchObject([{ acknowledgement: 2, echo: 1010 }]);
    peer.inject({ ...data, sequence: 2, payload: 'b', timestamps: { value: 1010, echo: 0 } });
    expect(user.received.toString()).toBe('ab');
  });

  it('drops one without a timestamp, and takes a wrapped one', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept({ ...stamps, timestamps: { value: 0xffff_fff0, echo: 0 } });
    peer.inject({ flags: 'PA', sequence: 1, acknowledgement: 1, payload: 'X' });
    peer.inject({ flags: 'PA', sequence: 1, acknowledgement: 1, payload: 'a', timestamps: { value: 5, echo: 0 } });
    expect(user.received.toString()).toBe('a');
  });
});

describe('ICMP errors (RFC 5927)', () => {
  const report = (peer: ScriptedPeer, sequence: number, kind: 'port' | 'host') => {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, peer.port);
    view.setUint16(2, peer.peerPort);
    view.setUint32(4, (peer.initial + sequence) >>> 0);
    const addresses = { source: peer.wire.own, destination: peerAddress };
    peer.tcp.error({ ...addresses, bytes, start: 0, end: 8, reason: { kind } });
    peer.pass(0);
  };

  it('end what only begins, if they quote its SYN', () => {
    const peer = new ScriptedPeer();
    const user = peer.connect();
    report(peer, 1, 'port');
    expect(user.told).toEqual([]);
    report(peer, 0, 'port');
    expect(user.told).toEqual(['ECONNREFUSED']);
  });

  it('are only remembered otherwise, and explain the end', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept({}, { userTimeout: 5000 });
    user.write('anybody?');
    report(peer, 1, 'host');
    report(peer, 1, 'port');
    expect(user.connection.state).toBe('established');
    report(peer, 1, 'host');
    peer.pass(10_000);
    expect(user.told).toEqual(['EHOSTUNREACH']);
  });
});

describe('a flood of SYNs (RFC 4987)', () => {
  it('is answered by cookies beyond the backlog, without anything being remembered', () => {
    const peer = new ScriptedPeer();
    const users: User[] = [];
    const listener = peer.tcp.listen({ port: 80 }, { backlog: 4 });
    listener.onConnection = (connection) => users.push(new User(connection));
    for (let port = 1000; port < 2000; port++) peer.inject({ flags: 'S', sequence: 0, sourcePort: port, syn: stamps });
    expect(peer.tcp.counters()['synCookiesSent']).toBe(996);
    expect([...peer.tcp.list()]).toHaveLength(1);
    // A real one among them: its options are in the cookie and in the timestamp that comes back.
    peer.sent();
    peer.inject({ flags: 'S', sequence: 0, syn: stamps });
    const [answer] = peer.sent();
    peer.pass(500);
    const timestamps = { value: 1001, echo: answer?.timestamp ?? 0 };
    peer.inject({ sequence: 1, acknowledgement: 2, timestamps });
    expect(users).toHaveLength(0);
    peer.inject({ flags: 'PA', sequence: 1, acknowledgement: 1, window: 100, payload: 'hello', timestamps });
    expect(users).toHaveLength(1);
    expect(users[0]?.received.toString()).toBe('hello');
    expect(users[0]?.connection.statistics).toMatchObject({ maxSegment: 1448, sendWindow: 12_800 });
  });

  it('takes a cookie for two minutes at most, and no invented one', () => {
    const peer = new ScriptedPeer();
    const listener = peer.tcp.listen({ port: 80 }, { backlog: 0 });
    listener.onConnection = (connection) => {
      connection.events = {};
    };
    peer.inject({ flags: 'S', sequence: 0, syn: {} });
    peer.inject({ sequence: 1, acknowledgement: 9 });
    peer.pass(130_000);
    peer.inject({ sequence: 1, acknowledgement: 1 });
    expect([...peer.tcp.list()]).toHaveLength(1);
    expect(peer.tcp.counters()['synCookiesReceived']).toBe(0);
  });

  it('lets real clients through, between two stacks', () => {
    const bench = createBench();
    const { client, server } = connect(bench, {}, { backlog: 0 });
    client.write('question', true);
    bench.until(() => client.connection.state === 'fin-wait-2');
    expect(server().received.toString()).toBe('question');
    expect(client.connection.statistics.maxSegment).toBe(1448);
  });

  it('forgets openings that are never completed', () => {
    const peer = new ScriptedPeer();
    peer.tcp.listen({ port: 80 });
    peer.inject({ flags: 'S', sequence: 0, syn: {} });
    peer.pass(63_000);
    expect(peer.lines()).toEqual(Array.from({ length: 6 }, () => 'SA 0:1'));
    peer.inject({ sequence: 1, acknowledgement: 1 });
    expect(peer.lines()).toEqual(['R 1']);
  });
});
