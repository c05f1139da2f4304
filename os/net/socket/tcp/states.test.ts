import { describe, expect, it } from 'vitest';
import { ScriptedPeer } from './fixture/scripted-peer.ts';

/** What the user was told, data and room left out. */
const ends = (told: readonly string[]): string[] => told.filter((item) => item !== 'data' && item !== 'drain');

describe('opening', () => {
  it('answers a SYN, and is established by the acknowledgement', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    expect(user.connection.state).toBe('established');
    expect(user.told).toEqual([]);
  });

  it('connects, and offers every option', () => {
    const peer = new ScriptedPeer();
    const user = peer.connect();
    expect(peer.lines()).toEqual(['S 0']);
    expect(user.connection.state).toBe('syn-sent');
    peer.inject({ flags: 'SA', sequence: 0, acknowledgement: 1, syn: {} });
    expect(peer.lines()).toEqual(['A 1:1']);
    expect(user.told).toEqual(['connect']);
  });

  it('opens simultaneously (RFC 9293, figure 8)', () => {
    const peer = new ScriptedPeer();
    const user = peer.connect();
    peer.sent();
    peer.inject({ flags: 'S', sequence: 0, syn: {} });
    expect(user.connection.state).toBe('syn-received');
    expect(peer.lines()).toEqual(['SA 0:1']);
    peer.inject({ flags: 'SA', sequence: 0, acknowledgement: 1, syn: {} });
    expect(user.connection.state).toBe('established');
    expect(user.told).toEqual(['connect']);
    peer.inject({ flags: 'PA', sequence: 1, acknowledgement: 1, payload: 'hello' });
    expect(user.received.toString()).toBe('hello');
  });

  it('is refused by a reset that answers the SYN, and by no other', () => {
    const peer = new ScriptedPeer();
    const user = peer.connect();
    peer.inject({ flags: 'RA', sequence: 0, acknowledgement: 7 });
    peer.inject({ flags: 'R', sequence: 0 });
    expect(user.connection.state).toBe('syn-sent');
    peer.inject({ flags: 'RA', sequence: 0, acknowledgement: 1 });
    expect(ends(user.told)).toEqual(['ECONNREFUSED']);
    expect(user.failure?.message).toBe('198.51.100.9:80: nobody listens there');
  });

  it('answers an acknowledgement of something else in SYN-SENT by a reset', () => {
    const peer = new ScriptedPeer();
    peer.connect();
    peer.sent();
    peer.inject({ flags: 'SA', sequence: 0, acknowledgement: 9, syn: {} });
    expect(peer.lines()).toEqual(['R 9']);
  });

  it('repeats the SYN with growing patience, and gives up after about two minutes', () => {
    const peer = new ScriptedPeer();
    const user = peer.connect();
    const start = peer.clock.now;
    while (user.failure === undefined) peer.clock.advance(peer.clock.next);
    expect(peer.lines()).toEqual(Array.from({ length: 7 }, () => 'S 0'));
    expect(user.failure.code).toBe('ETIMEDOUT');
    expect(peer.clock.now - start).toBe(123_000);
  });

  it('tells of failures only after connect has returned', () => {
    const peer = new ScriptedPeer();
    peer.wire.unreachable = { kind: 'no-route' };
    const user = peer.connect();
    expect(user.told).toEqual([]);
    peer.pass(0);
    expect(user.told).toEqual(['ENETUNREACH']);
  });

  it('resets what comes for a port where nobody listens, but nothing sent to a group', () => {
    const peer = new ScriptedPeer();
    peer.inject({ flags: 'S', sequence: 0, syn: {} });
    peer.initial = 0;
    peer.inject({ flags: 'A', sequence: 5, acknowledgement: 77 });
    peer.inject({ flags: 'S', sequence: 0, syn: {}, group: true });
    peer.inject({ flags: 'RA', sequence: 0, acknowledgement: 1 });
    expect(peer.lines()).toEqual(['RA 0:1', 'R 77']);
  });

  it('has one connection at most for a listener whose user takes none', () => {
    const peer = new ScriptedPeer();
    peer.tcp.listen({ port: 80 });
    peer.inject({ flags: 'S', sequence: 0, syn: {} });
    peer.inject({ flags: 'A', sequence: 1, acknowledgement: 1 });
    expect(peer.lines()).toEqual(['SA 0:1', 'RA 1:1']);
    expect([...peer.tcp.list()]).toHaveLength(1);
  });

  it('listens once on an address and port', () => {
    const peer = new ScriptedPeer();
    peer.tcp.listen({ port: 80 });
    expect(() => peer.tcp.listen({ port: 80, address: peer.wire.own })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
    expect(peer.tcp.listen({ port: 0 }).local.port).toBeGreaterThanOrEqual(49_152);
  });
});

describe('closing', () => {
  it('closes first: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    user.connection.finish();
    expect(user.connection.state).toBe('fin-wait-1');
    expect(peer.lines()).toEqual(['FA 1:1']);
    peer.inject({ sequence: 1, acknowledgement: 2 });
    expect(user.connection.state).toBe('fin-wait-2');
    peer.inject({ flags: 'PA', sequence: 1, acknowledgement: 2, payload: 'still here' });
    expect(user.received.toString()).toBe('still here');
    peer.inject({ flags: 'FA', sequence: 11, acknowledgement: 2 });
    expect(user.connection.state).toBe('time-wait');
    expect(ends(user.told)).toEqual(['end', 'close']);
    expect(peer.lines().at(-1)).toBe('A 2:12');
    peer.pass(60_000);
    expect(user.connection.state).toBe('closed');
    expect([...peer.tcp.list()]).toHaveLength(1);
  });

  it('closes second: CLOSE-WAIT, where it may still write, LAST-ACK', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    peer.inject({ flags: 'FA', sequence: 1, acknowledgement: 1 });
    expect(user.connection.state).toBe('close-wait');
    expect(peer.lines()).toEqual(['A 1:2']);
    user.write('last words', true);
    expect(user.connection.state).toBe('last-ack');
    expect(peer.lines()).toEqual(['PA 1:2 10', 'FA 11:2']);
    peer.inject({ sequence: 2, acknowledgement: 12 });
    expect(user.connection.state).toBe('closed');
    expect(ends(user.told)).toEqual(['end', 'close']);
  });

  it('closes simultaneously (RFC 9293, figure 13)', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    user.connection.finish();
    peer.sent();
    peer.inject({ flags: 'FA', sequence: 1, acknowledgement: 1 });
    expect(user.connection.state).toBe('closing');
    expect(peer.lines()).toEqual(['A 2:2']);
    peer.inject({ sequence: 2, acknowledgement: 2 });
    expect(user.connection.state).toBe('time-wait');
    expect(ends(user.told)).toEqual(['end', 'close']);
  });

  it('says that it has closed only when everything is read', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    user.reading = false;
    user.connection.finish();
    peer.inject({ flags: 'FPA', sequence: 1, acknowledgement: 2, payload: 'unread' });
    expect(user.connection.state).toBe('time-wait');
    expect(ends(user.told)).toEqual([]);
    user.readAll();
    expect(ends(user.told)).toEqual([]);
    peer.pass(0);
    expect(ends(user.told)).toEqual(['end', 'close']);
  });

  it('answers a FIN that comes again in TIME-WAIT, and ignores a reset there (RFC 1337)', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    user.connection.finish();
    peer.inject({ flags: 'FA', sequence: 1, acknowledgement: 2 });
    peer.sent();
    peer.inject({ flags: 'R', sequence: 2 });
    peer.inject({ flags: 'FA', sequence: 1, acknowledgement: 2 });
    expect(peer.lines()).toEqual(['A 2:2']);
    expect([...peer.tcp.list()]).toHaveLength(2);
  });

  it('opens anew out of TIME-WAIT for a SYN beyond the old connection (RFC 6191), with a number beyond its own', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    user.connection.finish();
    peer.inject({ flags: 'FA', sequence: 1, acknowledgement: 2 });
    peer.sent();
    const before = peer.initial;
    peer.inject({ flags: 'S', sequence: 1, syn: {} });
    expect(peer.lines()).toEqual(['A 2:2']);
    peer.inject({ flags: 'S', sequence: 100, syn: {} });
    expect(peer.lines()).toEqual(['SA 0:101']);
    expect((peer.initial - before) >>> 0).toBeGreaterThan(2);
  });

  it('aborts with a reset, and says nothing to its user', () => {
    const peer = new ScriptedPeer();
    const user = peer.accept();
    user.connection.abort();
    expect(peer.lines()).toEqual(['RA 1:1']);
    peer.pass(100_000);
    expect(user.told).toEqual([]);
    expect(user.connection.state).toBe('closed');
  });
});
