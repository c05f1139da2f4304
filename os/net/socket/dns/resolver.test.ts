import { describe, expect, it } from 'vitest';
import { parseDnsMessage } from '../../wire/dns/message.ts';
import { type ResourceRecord, recordTypes } from '../../wire/dns/record.ts';
import { address, alias, authority, bench, both, ip } from './fixture/bench.ts';

describe('lookup', () => {
  it('asks for both families at once and remembers the answers as long as they are good', async () => {
    const { lookup, udp, clock, resolver } = bench(both);
    expect(await lookup('www.example.com')).toEqual(['2001:db8::1', '192.0.2.1']);
    expect(clock.now).toBe(20);
    expect(udp.sent).toHaveLength(2);
    const [first, second] = udp.sent.map(({ payload }) => parseDnsMessage(payload));
    expect(first).toMatchObject({ recursionDesired: true, edns: { payloadSize: 1232, version: 0 } });
    expect(first?.id).not.toBe(second?.id);
    expect(udp.sent[0]?.socket).not.toBe(udp.sent[1]?.socket);
    expect(udp.unclosed).toHaveLength(0);
    await lookup('WWW.example.com.');
    expect(udp.sent).toHaveLength(2);
    expect(resolver.counters).toMatchObject({ queries: 2, cacheHits: 2 });
    clock.advance(61_000);
    await lookup('www.example.com', 4);
    expect(udp.sent).toHaveLength(3);
  });

  it('answers addresses, own names and special names by itself', async () => {
    const own = () => ({ names: ['box', 'box.lan'], addresses: [address('192.0.2.9')] });
    const { lookup, udp, resolver, run } = bench(both, { host: own });
    expect(await lookup('192.0.2.7')).toEqual(['192.0.2.7']);
    expect(await lookup('2001:db8::7', 6)).toEqual(['2001:db8::7']);
    await expect(lookup('192.0.2.7', 6)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(await lookup('Box')).toEqual(['192.0.2.9']);
    expect(await lookup('localhost')).toEqual(['::1', '127.0.0.1']);
    expect(await lookup('app.localhost.', 4)).toEqual(['127.0.0.1']);
    expect(await run(resolver.reverse(address('192.0.2.9')))).toEqual(['box', 'box.lan']);
    for (const name of ['x.invalid', 'x.onion', '1.2', '0x7f.1', 'printer.local']) {
      await expect(lookup(name), name).rejects.toMatchObject({ code: 'ENOTFOUND' });
    }
    for (const name of ['', '.', 'a..b', 'a b', `${'x'.repeat(64)}.com`]) {
      await expect(lookup(name), name).rejects.toMatchObject({ code: 'EBADNAME' });
    }
    expect(udp.sent).toHaveLength(0);
  });

  it('asks by multicast for names in .local', async () => {
    const multicast = {
      ask: async (name: string, type: number) => (type === recordTypes.A ? [ip(name, '192.0.2.77')] : []),
    };
    const { lookup, udp } = bench(both, { multicast });
    expect(await lookup('printer.local')).toEqual(['192.0.2.77']);
    expect(udp.sent).toHaveLength(0);
  });

  it('writes names of other scripts as DNS does', async () => {
    const { lookup, asked } = bench(both);
    await lookup('bücher.example', 4);
    expect(asked()).toEqual(['xn--bcher-kva.example 1 @192.0.2.53']);
  });

  it('has one question under way for several askers', async () => {
    const { resolver, run, udp } = bench(both);
    await run(
      Promise.all([
        resolver.lookup('a.example', 4),
        resolver.lookup('A.example', 4),
        resolver.resolve('a.example', 'A'),
      ]),
    );
    expect(udp.sent).toHaveLength(1);
  });

  it('follows aliases in an answer and by asking again', async () => {
    const { lookup, asked } = bench((name) =>
      name === 'www.example'
        ? { answers: [alias('WWW.example', 'cdn.example', 30), alias('cdn.example', 'edge.example.net')] }
        : { answers: [ip(name, '192.0.2.3')] },
    );
    expect(await lookup('www.example', 4)).toEqual(['192.0.2.3']);
    expect(asked()).toEqual(['www.example 1 @192.0.2.53', 'edge.example.net 1 @192.0.2.53']);
  });

  it('gives aliases up that lead in a circle, at once or by and by, or to this host', async () => {
    const circle = bench((name) => ({ answers: [alias(name, 'b.example'), alias('b.example', name)] }));
    await expect(circle.lookup('a.example', 4)).rejects.toMatchObject({ code: 'ESERVFAIL' });
    const endless = bench((name) => ({ answers: [alias(name, `x${name}`)] }));
    await expect(endless.lookup('a.example', 4)).rejects.toMatchObject({ code: 'ESERVFAIL' });
    expect(endless.udp.sent).toHaveLength(9);
    const home = bench((name) => ({ answers: [alias(name, 'localhost')] }));
    await expect(home.lookup('a.example', 4)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('tries the search domains first for a name without a dot, and last for others', async () => {
    const { resolver, lookup, asked } = bench((name) =>
      name.endsWith('two.example') ? { answers: [ip(name, '192.0.2.4')] } : { code: 3 },
    );
    resolver.setSearch(['one.example', 'two.example.', 'not a domain']);
    expect(await lookup('www', 4)).toEqual(['192.0.2.4']);
    expect(await lookup('a.b', 4)).toEqual(['192.0.2.4']);
    await expect(lookup('absolute.', 4)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(asked().map((line) => line.split(' ')[0])).toEqual([
      'www.one.example',
      'www.two.example',
      'a.b',
      'a.b.one.example',
      'a.b.two.example',
      'absolute',
    ]);
  });

  it('does not wait long for one family when it has the other', async () => {
    const { lookup, clock } = bench((name, type) =>
      type === recordTypes.A ? { answers: [ip(name, '192.0.2.1')] } : undefined,
    );
    expect(await lookup('a.example')).toEqual(['192.0.2.1']);
    expect(clock.now).toBe(1520);
  });

  it('orders addresses as it is told', async () => {
    const { lookup } = bench(both, { order: (addresses) => [...addresses].reverse() });
    expect(await lookup('a.example')).toEqual(['192.0.2.1', '2001:db8::1']);
  });
});

describe('negative answers', () => {
  it('are remembered as long as the SOA record says, at most 15 minutes', async () => {
    const { lookup, udp, clock } = bench((name) => ({ code: 3, authorities: [authority(name, 86_400)] }));
    await expect(lookup('a.example', 4)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    clock.advance(clock.now + 899_000);
    await expect(lookup('a.example', 4)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(udp.sent).toHaveLength(1);
    clock.advance(clock.now + 2_000);
    await expect(lookup('a.example', 4)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(udp.sent).toHaveLength(2);
  });

  it('are not remembered without one, or with one of somebody else', async () => {
    for (const authorities of [[], [authority('other.example', 60)], [authority('', 0)]]) {
      const { lookup, resolver } = bench(() => ({ authorities }));
      await expect(lookup('a.example', 4)).rejects.toMatchObject({ code: 'ENODATA' });
      expect(resolver.cached).toBe(0);
    }
  });

  it('of one family leave the other', async () => {
    const { lookup } = bench((name, type) =>
      type === recordTypes.A ? { answers: [ip(name, '192.0.2.1')] } : { authorities: [authority('example', 60)] },
    );
    expect(await lookup('a.example')).toEqual(['192.0.2.1']);
    await expect(lookup('a.example', 6)).rejects.toMatchObject({ code: 'ENODATA' });
  });
});

describe('resolve and reverse', () => {
  it('give records as Node.js does', async () => {
    const record = (name: string, type: number, data: ResourceRecord['data']) => ({
      name,
      type,
      class: 1,
      ttl: 60,
      data,
    });
    const data: Record<number, ResourceRecord['data']> = {
      [recordTypes.MX]: { kind: 'mail', preference: 10, exchange: 'mx.example' },
      [recordTypes.SRV]: { kind: 'service', priority: 1, weight: 2, port: 443, target: 'srv.example' },
      [recordTypes.TXT]: { kind: 'text', strings: [Buffer.from('v=spf1 '), Buffer.from('-all')] },
      [recordTypes.PTR]: { kind: 'name', name: 'host.example' },
      [recordTypes.NS]: { kind: 'name', name: 'ns.example' },
      [recordTypes.AAAA]: { kind: 'address', address: address('2001:db8::1') },
    };
    const { resolver, run, asked } = bench((name, type) => ({
      answers: [record(name, type, data[type] as ResourceRecord['data'])],
    }));
    expect(await run(resolver.resolve('a.example', 'MX'))).toEqual([{ priority: 10, exchange: 'mx.example' }]);
    expect(await run(resolver.resolve('_https._tcp.a.example', 'SRV'))).toEqual([
      { priority: 1, weight: 2, port: 443, name: 'srv.example' },
    ]);
    expect(await run(resolver.resolve('a.example', 'TXT'))).toEqual([['v=spf1 ', '-all']]);
    expect(await run(resolver.resolve('a.example', 'NS'))).toEqual(['ns.example']);
    expect(await run(resolver.resolve('a.example', 'AAAA'))).toEqual(['2001:db8::1']);
    expect(await run(resolver.reverse(address('192.0.2.1')))).toEqual(['host.example']);
    expect(await run(resolver.reverse(address('2001:db8::567:89ab')))).toEqual(['host.example']);
    expect(asked().slice(-2)).toEqual([
      '1.2.0.192.in-addr.arpa 12 @192.0.2.53',
      'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa 12 @192.0.2.53',
    ]);
  });
});
