import { describe, expect, it } from 'vitest';
import { type Address, formatAddress } from '../../wire/address.ts';
import { type DnsMessage, parseDnsMessage } from '../../wire/dns/message.ts';
import { address, bench, both, ip } from './fixture/bench.ts';

describe('servers', () => {
  const two = [{ address: address('192.0.2.53') }, { address: address('2001:db8::53') }];

  it('are asked one after the other, and the one that failed last from then on', async () => {
    const test = bench((name, _, { remote }) =>
      remote.address === two[1]?.address ? { answers: [ip(name, '192.0.2.1')] } : undefined,
    );
    test.resolver.setServers(two);
    await test.lookup('a.example', 4);
    expect(test.clock.now).toBe(1020);
    await test.lookup('b.example', 4);
    expect(test.clock.now).toBe(1040);
    expect(test.asked()).toEqual(['a.example 1 @192.0.2.53', 'a.example 1 @2001:db8::53', 'b.example 1 @2001:db8::53']);
    test.clock.advance(40_000);
    await test.lookup('c.example', 4);
    expect(test.asked().at(-2)).toBe('c.example 1 @192.0.2.53');
  });

  it('may answer late: the first is still listened to while the second is asked', async () => {
    const { resolver, udp, run, clock, reply } = bench(() => undefined);
    resolver.setServers(two);
    const answer = resolver.lookup('a.example', 4);
    await Promise.resolve();
    clock.advance(1500);
    const [first] = udp.sent;
    const request = parseDnsMessage(first?.payload ?? new Uint8Array()) as DnsMessage;
    first?.socket.deliver(reply(request, { answers: [ip('a.example', '192.0.2.8')] }), first.remote);
    expect((await run(answer)).map(formatAddress)).toEqual(['192.0.2.8']);
    expect(clock.now).toBe(1500);
  });

  it('that do not answer are given up after ten seconds', async () => {
    const { resolver, lookup, clock, udp } = bench(() => undefined);
    resolver.setServers(two);
    await expect(lookup('a.example', 4)).rejects.toMatchObject({ code: 'ETIMEOUT' });
    expect(clock.now).toBe(10_000);
    expect(udp.sent).toHaveLength(5);
    expect(udp.unclosed).toHaveLength(0);
  });

  it.each([
    [2, 'ESERVFAIL'],
    [5, 'EREFUSED'],
    [9, 'ESERVFAIL'],
  ])('with code %i make way for the next one', async (code, failure) => {
    const { resolver, lookup, clock, asked } = bench(() => ({ code }));
    resolver.setServers(two);
    await expect(lookup('a.example', 4)).rejects.toMatchObject({ code: failure });
    expect(asked()).toHaveLength(2);
    expect(clock.now).toBe(40);
  });

  it('that cannot be reached are not waited for', async () => {
    const { resolver, lookup, udp, clock, asked } = bench(both);
    resolver.setServers(two);
    udp.unreachable.add(two[0]?.address as Address);
    await lookup('a.example', 4);
    expect(asked()).toEqual(['a.example 1 @2001:db8::53']);
    udp.onSent = ({ socket, remote }) => {
      clock
        .timer(() => socket.onError?.({ address: address('192.0.2.99'), port: 0 }, { kind: 'no-neighbour' }))
        .setIn(1);
      clock.timer(() => socket.onError?.({ ...remote, port: 0 }, { kind: 'no-neighbour' })).setIn(5);
    };
    await expect(lookup('b.example', 4)).rejects.toMatchObject({ code: 'ESERVFAIL', message: /reached/ });
    expect(clock.now).toBe(25);
    resolver.setServers([]);
    await expect(lookup('b.example', 4)).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });

  it('that do not understand EDNS are asked without', async () => {
    const { lookup, udp } = bench((name, _, { payload }) =>
      parseDnsMessage(payload)?.edns ? { code: 1, questions: [] } : { answers: [ip(name, '192.0.2.1')] },
    );
    expect(await lookup('a.example', 4)).toEqual(['192.0.2.1']);
    expect(await lookup('b.example', 4)).toEqual(['192.0.2.1']);
    expect(udp.sent).toHaveLength(3);
  });

  it('that change make everything forgotten, also what is under way', async () => {
    const { resolver, run, lookup, udp } = bench(both);
    const early = resolver.lookup('a.example', 4);
    resolver.setServers([two[1] as { address: Address }]);
    await run(early);
    expect(resolver.cached).toBe(0);
    await lookup('a.example', 4);
    resolver.setServers([two[1] as { address: Address }]);
    await lookup('a.example', 4);
    expect(udp.sent).toHaveLength(2);
  });

  it('on the link are asked through their interface', async () => {
    const { resolver, lookup, udp } = bench(both);
    resolver.setServers([{ address: address('fe80::1'), interface: 'eth1' }]);
    await lookup('a.example', 4);
    expect(udp.sent[0]?.options).toEqual({ interface: 'eth1' });
  });

  it('are not asked more than 64 questions at a time', async () => {
    const { resolver, run, udp } = bench(both);
    const all = Promise.all(Array.from({ length: 200 }, (_, index) => resolver.lookup(`n${index}.example`, 4)));
    expect(udp.sent).toHaveLength(64);
    await run(all);
    expect(udp.sent).toHaveLength(200);
    expect(resolver.cached).toBe(200);
  });
});

describe('TCP', () => {
  const overTcp = (test: ReturnType<typeof bench>, name: string) => {
    test.tcp.onConnection = (connection) => {
      test.clock
        .timer(() => {
          connection.room = 5;
          connection.events.onConnect?.();
          connection.events.onDrain?.();
          connection.room = 1000;
          connection.events.onDrain?.();
          const written = Uint8Array.from(connection.written);
          expect(written[1]).toBe(written.length - 2);
          const request = parseDnsMessage(written.slice(2)) as DnsMessage;
          const answer = test.reply(request, { answers: [ip(name, '192.0.2.200')] });
          const framed = Uint8Array.from([answer.length >> 8, answer.length & 0xff, ...answer]);
          connection.deliver(framed.slice(0, 1), framed.slice(1, 9), framed.slice(9));
        })
        .setIn(10);
    };
  };

  it('is asked when an answer is truncated', async () => {
    const test = bench((name) => ({ truncated: true, answers: [ip(name, '192.0.2.1')] }));
    overTcp(test, 'a.example');
    expect(await test.lookup('a.example', 4)).toEqual(['192.0.2.200']);
    expect(test.tcp.connections[0]?.aborted).toBe(true);
    expect(test.tcp.connections[0]?.remote).toEqual({ address: address('192.0.2.53'), port: 53 });
  });

  it('that fails makes way for the next server', async () => {
    const test = bench((name, _, { remote }) =>
      remote.address === address('192.0.2.53') ? { truncated: true } : { answers: [ip(name, '192.0.2.1')] },
    );
    test.resolver.setServers([{ address: address('192.0.2.53') }, { address: address('192.0.2.54') }]);
    test.tcp.onConnection = (connection) => {
      test.clock.timer(() => connection.fail('ECONNREFUSED')).setIn(1);
    };
    expect(await test.lookup('a.example', 4)).toEqual(['192.0.2.1']);
  });

  it('is asked when somebody guesses', async () => {
    const test = bench(() => undefined);
    overTcp(test, 'a.example');
    const answer = test.resolver.lookup('a.example', 4);
    await Promise.resolve();
    const [sent] = test.udp.sent;
    const request = parseDnsMessage(sent?.payload ?? new Uint8Array()) as DnsMessage;
    for (let guess = 1; guess <= 20; guess++) {
      const forged = test.reply(
        { ...request, id: (request.id + guess) & 0xffff },
        { answers: [ip('a.example', '203.0.113.66')] },
      );
      sent?.socket.deliver(forged, sent.remote);
    }
    expect(test.tcp.connections).toHaveLength(1);
    expect((await test.run(answer)).map(formatAddress)).toEqual(['192.0.2.200']);
    expect(test.resolver.counters).toMatchObject({ mismatched: 20, overTcp: 1 });
  });
});

describe('forged answers', () => {
  it.each<[string, (request: DnsMessage) => Partial<DnsMessage>, object]>([
    ['another id', ({ id }) => ({ id: id ^ 1 }), {}],
    ['another name', () => ({ questions: [{ name: 'b.example', type: 1, class: 1 }] }), {}],
    ['another type', () => ({ questions: [{ name: 'a.example', type: 28, class: 1 }] }), {}],
    ['another class', () => ({ questions: [{ name: 'a.example', type: 1, class: 3 }] }), {}],
    ['no question', () => ({ questions: [] }), {}],
    ['a question instead of an answer', () => ({ response: false }), {}],
    ['another sender', () => ({}), { address: address('192.0.2.66') }],
    ['another port', () => ({}), { port: 5353 }],
  ])('with %s never get into the cache', async (_, change, from) => {
    const test = bench(() => undefined);
    const answer = test.resolver.lookup('a.example', 4);
    await Promise.resolve();
    const [sent] = test.udp.sent;
    const request = parseDnsMessage(sent?.payload ?? new Uint8Array()) as DnsMessage;
    const forged = test.reply(request, { answers: [ip('a.example', '203.0.113.66')], ...change(request) });
    sent?.socket.deliver(forged, { address: address('192.0.2.53'), port: 53, ...from });
    expect(test.resolver.counters.mismatched).toBe(1);
    sent?.socket.deliver(test.reply(request, { answers: [ip('a.example', '192.0.2.1')] }), sent.remote);
    expect((await test.run(answer)).map(formatAddress)).toEqual(['192.0.2.1']);
    expect(await test.lookup('a.example', 4)).toEqual(['192.0.2.1']);
  });

  it('about other names beside the real one are not believed', async () => {
    const { lookup, asked } = bench((name) => ({
      answers: [ip(name, '192.0.2.1'), ip('bank.example', '203.0.113.66')],
      additionals: [ip('bank.example', '203.0.113.66')],
    }));
    expect(await lookup('a.example', 4)).toEqual(['192.0.2.1']);
    expect(await lookup('bank.example', 4)).toEqual(['192.0.2.1', '203.0.113.66']);
    expect(asked()).toHaveLength(2);
  });
});
