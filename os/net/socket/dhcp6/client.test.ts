import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, formatAddress } from '../../wire/address.ts';
import { dhcp6Option, dhcp6Options, dhcp6Status, readIdentityAssociation } from '../../wire/dhcp6.ts';
import { address, bench, duid, type Reply, rapid, serverDuid, status } from './fixture/bench.ts';

const option = (code: number, ...content: number[]) => ({ code, content: Uint8Array.from(content) });
const preference = (value: number) => option(dhcp6Options.preference, value);

describe('getting addresses', () => {
  it('is solicitation, advertisement, request, reply, and begins at once', () => {
    const { client, sent, answer, said, events, pass, last, leases } = bench();
    client.start('stateful');
    expect(sent[0]).toMatchObject({ at: 5000, type: 'solicit', addresses: [] });
    const options = sent[0]?.message.options ?? [];
    expect(dhcp6Option(options, dhcp6Options.clientId)).toEqual(duid);
    expect(dhcp6Option(options, dhcp6Options.elapsedTime)).toEqual(Uint8Array.of(0, 0));
    expect(dhcp6Option(options, dhcp6Options.rapidCommit)).toBeDefined();
    expect(dhcp6Option(options, dhcp6Options.optionRequest)).toEqual(Uint8Array.of(0, 23, 0, 24, 0, 56, 0, 31, 0, 82));
    answer('advertise');
    expect(said()).toEqual(['solicit']);
    pass(0.1);
    expect(said()).toEqual(['request']);
    expect(last().addresses).toEqual(['2001:db8::10']);
    expect(dhcp6Option(last().message.options, dhcp6Options.serverId)).toEqual(serverDuid);
    expect(last().message.transaction).not.toBe(sent[0]?.message.transaction);
    answer('reply');
    expect(events).toEqual(['lease 2001:db8::10']);
    expect(leases[0]).toMatchObject({ t1: 500, t2: 800, acquiredAt: 5100 });
    expect(leases[0]?.information.nameServers.map(formatAddress)).toEqual(['2001:db8::53']);
    expect(client.status()).toEqual({
      protocol: 'dhcp6',
      state: 'bound',
      server: '000200000101',
      address: '2001:db8::10',
      renewIn: 500,
      rebindIn: 800,
      expiresIn: 2000,
    });
  });

  it('is over after one exchange with a server that commits at once', () => {
    const { client, answer, events, said } = bench();
    client.start('stateful');
    answer('reply');
    expect(events).toEqual([]);
    answer('reply', { options: [rapid] });
    expect(events).toEqual(['lease 2001:db8::10']);
    expect(said()).toEqual(['solicit']);
  });

  it('takes the server that is preferred, at once if nobody can be preferred to it', () => {
    const other = Uint8Array.of(0, 2, 9);
    const chosen = (first: number, second: number) => {
      const { client, answer, pass, last } = bench();
      client.start('stateful');
      answer('advertise', { options: [preference(first)] });
      answer('advertise', { server: other, options: [preference(second)] });
      const waited = last().type === 'solicit';
      pass(0.1);
      return [waited, dhcp6Option(last().message.options, dhcp6Options.serverId)];
    };
    expect(chosen(5, 3)).toEqual([true, serverDuid]);
    expect(chosen(3, 5)).toEqual([true, other]);
    expect(chosen(3, 255)).toEqual([false, other]);
  });

  it('goes on for ever, ever more slowly, and takes the first that comes after the first second', () => {
    const { client, sent, pass, answer, said } = bench();
    client.start('stateful');
    pass(20_000);
    const gaps = sent.slice(1).map(({ at }, index) => (at - (sent[index]?.at ?? 0)) / 1000);
    expect(gaps[0]).toBeGreaterThan(1);
    expect(gaps[0]).toBeLessThan(1.1);
    for (const [index, gap] of gaps.slice(1).entries()) {
      const before = gaps[index] as number;
      if (gap > 3000) expect(gap).toBeLessThanOrEqual(3960);
      else expect(gap / before).toBeCloseTo(2, 0);
    }
    expect(gaps.at(-1)).toBeGreaterThan(3240);
    const elapsed = dhcp6Option(sent[1]?.message.options ?? [], dhcp6Options.elapsedTime);
    expect(elapsed?.[1]).toBeGreaterThan(100);
    expect(new Set(sent.map(({ message }) => message.transaction)).size).toBe(1);
    said();
    answer('advertise');
    expect(said()).toEqual(['request']);
  });

  it('is as patient as the server says: SOL_MAX_RT', () => {
    const { client, answer, pass, said } = bench();
    client.start('stateful');
    answer('advertise', { association: { addresses: [], status: 2 }, options: [option(82, 0, 0, 0, 60)] });
    pass(0.2);
    // What was going on goes on as it began; what follows knows better.
    client.linkDown();
    client.linkUp();
    said();
    pass(1200);
    expect(said().length).toBeGreaterThan(20);
  });

  it('asks ten times for what was advertised, and then looks for another server', () => {
    const { client, answer, pass, said } = bench();
    client.start('stateful');
    answer('advertise', { options: [preference(255)] });
    pass(400);
    expect(said().slice(0, 12)).toEqual(['solicit', ...new Array(10).fill('request'), 'solicit']);
  });

  it('waits longer and longer when a server refuses what it advertised', () => {
    const { client, answer, pass, said, clock } = bench();
    client.start('stateful');
    const begun = clock.now;
    for (let round = 0; round < 4; round++) {
      answer('advertise', { options: [preference(255)] });
      answer('reply', { association: { addresses: [], status: round % 2 === 0 ? 2 : 4 } });
      expect(said()).toEqual(['solicit', 'request']);
      pass(2 ** round);
    }
    expect(said()).toEqual(['solicit']);
    expect(clock.now - begun).toBe(15_000);
  });

  it('goes on asking a server that has failed for the moment', () => {
    const { client, answer, pass, said, events } = bench();
    client.start('stateful');
    answer('advertise', { options: [preference(255)] });
    answer('reply', { options: [status(dhcp6Status.unspecifiedFailure)] });
    pass(2);
    expect(said()).toEqual(['solicit', 'request', 'request']);
    answer('reply');
    expect(events).toEqual(['lease 2001:db8::10']);
  });
});

describe('what is no answer', () => {
  const cases: [string, Reply][] = [
    ['another transaction', { transaction: 1 }],
    ['another client', { client: Uint8Array.of(0, 3, 0, 1, 0, 0, 0, 0, 0, 0) }],
    ['no server', { server: new Uint8Array(0) }],
    ['another association', { association: { id: 1 } }],
    ['T1 behind T2', { association: { t1: 200, t2: 100 } }],
    ['no address', { association: { addresses: [] } }],
    ['a failure', { options: [status(1)] }],
    ['a failure of the association', { association: { status: 2 } }],
    ...[
      ['a link-local address', 'fe80::1', 1, 2] as const,
      ['a group', 'ff02::1', 1, 2] as const,
      ['nobody', '::', 1, 2] as const,
      ['an address that is not valid', '2001:db8::1', 0, 0] as const,
      ['one preferred for longer than valid', '2001:db8::1', 3, 2] as const,
    ].map(([name, text, preferredLifetime, validLifetime]): [string, Reply] => [
      name,
      { association: { addresses: [{ address: address(text), preferredLifetime, validLifetime }] } },
    ]),
  ];
  it.each(cases)('is ignored: %s', (_, reply) => {
    const { client, answer, said, events } = bench();
    client.start('stateful');
    answer('advertise', { ...reply, options: [...(reply.options ?? []), preference(255)] });
    answer('reply', { ...reply, options: [...(reply.options ?? []), rapid] });
    expect(said()).toEqual(['solicit']);
    expect(events).toEqual([]);
  });
});

describe('keeping addresses', () => {
  it('asks the server from T1 on, everybody from T2 on, and loses them in the end', () => {
    const { bind, said, pass, client, events, last } = bench();
    bind();
    pass(499.9);
    expect(said()).toEqual([]);
    pass(0.2);
    expect(said()).toEqual(['renew']);
    expect(last().addresses).toEqual(['2001:db8::10']);
    pass(299.8);
    expect(new Set(said())).toEqual(new Set(['renew']));
    pass(0.2);
    expect(said()).toEqual(['rebind']);
    expect(dhcp6Option(last().message.options, dhcp6Options.serverId)).toBeUndefined();
    expect(client.status().state).toBe('rebinding');
    pass(1199.7);
    expect(events).toEqual(['lease 2001:db8::10']);
    said();
    pass(0.2);
    expect(events).toEqual(['lease 2001:db8::10', 'lost expired']);
    expect(said()).toEqual(['solicit']);
  });

  it('takes what the answer says', () => {
    const { bind, pass, answer, events, leases, client } = bench();
    bind({ association: { t1: 50, t2: 60 } });
    pass(50);
    answer('reply', { association: { t1: 100, t2: 200 } });
    expect(leases[1]).toMatchObject({ t1: 100, t2: 200 });
    pass(250);
    answer('reply', { server: Uint8Array.of(0, 2, 9) });
    expect(events).toHaveLength(3);
    expect(client.status()).toMatchObject({ server: '000209', state: 'bound' });
  });

  it('asks anew when the server has forgotten them, and stops using what it takes back', () => {
    const forgotten = bench();
    forgotten.bind();
    forgotten.pass(500);
    forgotten.answer('reply', { association: { addresses: [], status: dhcp6Status.noBinding } });
    expect(forgotten.said()).toEqual(['renew', 'request']);
    expect(forgotten.last().addresses).toEqual(['2001:db8::10']);
    forgotten.answer('reply');
    expect(forgotten.events).toEqual(['lease 2001:db8::10', 'lease 2001:db8::10']);
    const withdrawn = bench();
    withdrawn.bind();
    withdrawn.pass(500);
    withdrawn.answer('reply', {
      association: { addresses: [{ address: address('2001:db8::10'), preferredLifetime: 0, validLifetime: 0 }] },
    });
    expect(withdrawn.events.at(-1)).toBe('lost withdrawn');
    expect(withdrawn.said()).toEqual(['renew', 'solicit']);
  });

  it('goes on when the answer says nothing of them', () => {
    const { bind, pass, answer, said, events } = bench();
    bind();
    pass(500);
    answer('reply', { association: { addresses: [] } });
    pass(11);
    expect(said()).toEqual(['renew', 'renew']);
    expect(events).toHaveLength(1);
  });

  it('needs nothing for ever', () => {
    const { bind, pass, said, client, leases } = bench();
    const lifetime = { preferredLifetime: Number.POSITIVE_INFINITY, validLifetime: Number.POSITIVE_INFINITY };
    bind({ association: { addresses: [{ address: address('2001:db8::10'), ...lifetime }] } });
    pass(1e10);
    expect(said()).toEqual([]);
    expect(leases[0]?.t1).toBe(Number.POSITIVE_INFINITY);
    expect(client.status()).toMatchObject({ renewIn: null, rebindIn: null, expiresIn: null });
  });
});

describe('information alone', () => {
  it('is asked for and refreshed', () => {
    const { client, said, answer, information, pass, sent } = bench();
    client.start('stateless');
    expect(said()).toEqual(['informationRequest']);
    const wanted = dhcp6Option(sent[0]?.message.options ?? [], dhcp6Options.optionRequest);
    expect(wanted).toEqual(Uint8Array.of(0, 23, 0, 24, 0, 56, 0, 31, 0, 32, 0, 83));
    expect(dhcp6Option(sent[0]?.message.options ?? [], dhcp6Options.identityAssociation)).toBeUndefined();
    answer('reply', {
      options: [
        option(dhcp6Options.searchDomains, 3, 0x6c, 0x61, 0x6e, 0),
        { code: dhcp6Options.sntpServers, content: addressBytes(address('2001:db8::123')) },
        option(dhcp6Options.refreshTime, 0, 0, 0, 1),
      ],
    });
    expect(information[0]).toMatchObject({ searchDomains: ['lan'], timeServers: ['2001:db8::123'], refreshTime: 600 });
    pass(599);
    expect(said()).toEqual([]);
    pass(1);
    expect(said()).toEqual(['informationRequest']);
    answer('reply');
    expect(information[1]?.refreshTime).toBe(86_400);
    client.linkDown();
    client.linkUp();
    expect(said()).toEqual(['informationRequest']);
  });

  it('names time servers by address or name: RFC 5908', () => {
    const { client, answer, information } = bench();
    client.start('stateless');
    const one = addressBytes(address('2001:db8::1'));
    const group = addressBytes(address('ff05::101'));
    const name = [3, 0x6e, 0x74, 0x70, 3, 0x6c, 0x61, 0x6e, 0];
    answer('reply', {
      options: [
        option(dhcp6Options.ntpServers, 0, 1, 0, 16, ...one, 0, 2, 0, 16, ...group, 0, 3, 0, name.length, ...name),
      ],
    });
    expect(information[0]?.timeServers).toEqual(['2001:db8::1', 'ntp.lan']);
  });

  it('gives way to addresses when the router says so', () => {
    const { client, said } = bench();
    client.start('stateless');
    client.start('stateless');
    client.start('stateful');
    expect(said()).toEqual(['informationRequest', 'solicit']);
  });
});

describe('noise', () => {
  it('is survived in every state', () => {
    const prepare: readonly ((test: ReturnType<typeof bench>) => void)[] = [
      ({ client }) => client.start('stateful'),
      ({ client }) => client.start('stateless'),
      ({ client, answer }) => {
        client.start('stateful');
        answer('advertise', { options: [preference(255)] });
      },
      ({ bind, pass }) => {
        bind();
        pass(501);
      },
      ({ bind, client }) => {
        bind();
        client.linkDown();
        client.linkUp();
      },
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...prepare),
        fc.constantFrom('advertise' as const, 'reply' as const),
        fc.array(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), { minLength: 20, maxLength: 40 }),
        fc.uint8Array({ maxLength: 120 }),
        (begin, type, rounds, noise) => {
          const test = bench();
          begin(test);
          test.client.receive(noise);
          for (const changes of rounds) {
            const bytes = test.encode(type, {
              options: [rapid, option(56, 0, 3, 0, 2, 0xc0, 0), option(24, 1, 0x61, 0xc0, 0)],
            });
            for (const [at, value] of changes) bytes[at % bytes.length] = value;
            test.client.receive(bytes);
          }
          test.pass(1);
          for (const { t1, t2, addresses } of test.leases) {
            expect(t1).toBeLessThanOrEqual(t2);
            expect(addresses.length).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 700 },
    );
  });

  it('of associations is bounded', () => {
    const { bind, leases } = bench();
    const addresses = Array.from({ length: 200 }, (_, index) => ({
      address: address(`2001:db8::${index.toString(16)}`),
      preferredLifetime: 10,
      validLifetime: 20,
    }));
    bind({ association: { addresses } });
    expect(leases[0]?.addresses).toHaveLength(16);
    expect(readIdentityAssociation(new Uint8Array(12))?.addresses).toEqual([]);
  });
});
