import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, formatAddress, unspecified4 } from '../../wire/address.ts';
import { dhcp4Options } from '../../wire/dhcp4.ts';
import { address, bench, seconds, server } from './fixture/bench.ts';

describe('getting a lease', () => {
  it('is discovery, offer, request, acknowledgement, and begins at once', () => {
    const { client, answer, sent, events, said, leases, clock } = bench();
    client.start();
    expect(sent[0]).toMatchObject({
      at: 1000,
      to: { kind: 'broadcast', source: unspecified4 },
      message: { operation: 'request', broadcast: true, clientAddress: unspecified4 },
    });
    const discover = sent[0]?.message.options;
    expect(discover?.has(dhcp4Options.rapidCommit)).toBe(true);
    expect(discover?.get(dhcp4Options.clientId)).toEqual(Uint8Array.of(1, 0x52, 0x54, 0, 0x12, 0x34, 0x56));
    expect(Buffer.from(discover?.get(dhcp4Options.hostName) ?? []).toString()).toBe('box');
    answer('offer');
    const request = sent[1]?.message;
    expect(request?.transaction).toBe(sent[0]?.message.transaction);
    expect(request?.options.get(dhcp4Options.requestedAddress)).toEqual(Uint8Array.of(192, 0, 2, 10));
    expect(request?.options.get(dhcp4Options.server)).toEqual(addressBytes(server));
    answer('ack');
    expect(said()).toEqual(['discover all', 'request all']);
    expect(events).toEqual(['lease 192.0.2.10']);
    expect(leases[0]).toMatchObject({
      leaseTime: 3600,
      t1: 1800,
      t2: 3150,
      server,
      prefixLength: 24,
      acquiredAt: clock.now,
    });
    expect(client.status()).toEqual({
      protocol: 'dhcp4',
      state: 'bound',
      server: '192.0.2.1',
      address: '192.0.2.10',
      renewIn: 1800,
      rebindIn: 3150,
      expiresIn: 3600,
    });
  });

  it('is over after one exchange with a server that commits at once', () => {
    const { client, answer, said, events } = bench();
    client.start();
    answer('ack');
    expect(events).toEqual([]);
    answer('ack', { options: [[dhcp4Options.rapidCommit, new Uint8Array(0)]] });
    expect(events).toEqual(['lease 192.0.2.10']);
    expect(said()).toEqual(['discover all']);
  });

  it('tries again after 1, 2, 4 … 64 seconds, for ever, and says once that nobody answers', () => {
    const { client, sent, events, pass } = bench();
    client.start();
    pass(600_000);
    const gaps = sent.slice(1).map(({ at }, index) => (at - (sent[index]?.at ?? 0)) / 1000);
    for (const [index, expected] of [1, 2, 4, 8, 16, 32, 64, 64, 64].entries()) {
      expect(Math.abs((gaps[index] ?? 0) - expected)).toBeLessThanOrEqual(Math.min(1, expected / 4));
    }
    expect(events).toEqual(['no server']);
    expect(new Set(sent.map(({ message }) => message.transaction)).size).toBe(1);
    expect(sent.at(-1)?.message.seconds).toBeGreaterThan(400);
  });

  it('waits a moment for a better offer than one without a way out', () => {
    const { client, answer, events, pass, said, sent } = bench();
    const poor = { options: [[dhcp4Options.router, new Uint8Array(0)]] as const, yourAddress: address('192.0.2.66') };
    client.start();
    answer('offer', poor);
    expect(said()).toEqual(['discover all']);
    answer('offer');
    expect(said()).toEqual(['request all']);
    client.stop();
    client.start();
    answer('offer', poor);
    pass(299);
    expect(said()).toEqual(['discover all']);
    pass(1);
    expect(said()).toEqual(['request all']);
    expect(sent.at(-1)?.message.options.get(dhcp4Options.requestedAddress)).toEqual(Uint8Array.of(192, 0, 2, 66));
    expect(events).toEqual([]);
  });

  it('looks for another server when the one that offered says nothing more', () => {
    const { client, answer, said, pass } = bench();
    client.start();
    answer('offer');
    pass(25_000);
    expect(said().slice(0, 6)).toEqual([
      'discover all',
      'request all',
      'request all',
      'request all',
      'request all',
      'discover all',
    ]);
  });

  it('begins anew after a refusal, ever more slowly while refusals go on', () => {
    const { client, answer, said, pass, events, clock } = bench();
    client.start();
    const begun = clock.now;
    for (let round = 0; round < 5; round++) {
      answer('offer');
      answer('nak');
      pass(round === 0 ? 0 : 1000 * 2 ** (round - 1));
    }
    expect(said()).toEqual([
      ...Array.from({ length: 5 }, () => ['discover all', 'request all']).flat(),
      'discover all',
    ]);
    expect(clock.now - begun).toBe(15_000);
    expect(events).toEqual([]);
  });
});

describe('what is no answer', () => {
  it.each<[string, Parameters<ReturnType<typeof bench>['answer']>[1]]>([
    ['another transaction', { change: { transaction: 1 } }],
    ['another interface', { change: { mac: '\0\0\0' as never } }],
    ['a request', { change: { operation: 'request' } }],
    ['the address 0.0.0.0', { yourAddress: unspecified4 }],
    ['a loopback address', { yourAddress: address('127.0.0.1') }],
    ['a multicast address', { yourAddress: address('224.0.0.5') }],
    ['a reserved address', { yourAddress: address('240.0.0.1') }],
    ['the broadcast address', { yourAddress: address('255.255.255.255') }],
    ["the network's address", { yourAddress: address('192.0.2.0') }],
    ["the network's broadcast address", { yourAddress: address('192.0.2.255') }],
    ['a mask with holes', { options: [[dhcp4Options.subnetMask, Uint8Array.of(255, 0, 255, 0)]] }],
    ['an empty mask', { options: [[dhcp4Options.subnetMask, Uint8Array.of(0, 0, 0, 0)]] }],
    ['half a mask', { options: [[dhcp4Options.subnetMask, Uint8Array.of(255, 255)]] }],
    ['no time', { leaseTime: 0 }],
    ['no server', { server: unspecified4 }],
    ['a strange type', { options: [[dhcp4Options.messageType, Uint8Array.of(2, 2)]] }],
  ])('is ignored: %s', (_, reply) => {
    const { client, answer, said } = bench();
    client.start();
    answer('offer', reply);
    expect(said()).toEqual(['discover all']);
    answer('offer');
    expect(said()).toEqual(['request all']);
  });

  it('is an acknowledgement or refusal of another server, or of another address', () => {
    const { client, answer, events } = bench();
    client.start();
    answer('offer');
    answer('ack', { server: address('192.0.2.2') });
    answer('nak', { server: address('192.0.2.2') });
    answer('ack', { yourAddress: address('192.0.2.99') });
    expect(events).toEqual([]);
    answer('ack');
    answer('nak');
    expect(events).toEqual(['lease 192.0.2.10']);
  });
});

describe('keeping a lease', () => {
  it('asks its server from T1 on, everybody from T2 on, and loses it in the end', () => {
    const { bind, said, pass, events, last, client } = bench();
    bind({ leaseTime: 3600 });
    said();
    pass(1_799_999);
    expect(said()).toEqual([]);
    pass(1);
    expect(said()).toEqual(['request 192.0.2.1']);
    expect(last().message).toMatchObject({ clientAddress: address('192.0.2.10'), broadcast: false });
    expect(last().message.options.has(dhcp4Options.server)).toBe(false);
    expect(last().message.options.has(dhcp4Options.requestedAddress)).toBe(false);
    expect(client.status().state).toBe('renewing');
    pass(1_349_999);
    // Halves of 1350 s down to three minutes, a twentieth of the lease's … a minute at least.
    expect(said()).toEqual(new Array(5).fill('request 192.0.2.1'));
    pass(1);
    expect(said()).toEqual(['request all']);
    expect(last().to).toEqual({ kind: 'broadcast', source: address('192.0.2.10') });
    expect(client.status()).toMatchObject({ state: 'rebinding', renewIn: 0, expiresIn: 450 });
    pass(449_999);
    expect(events).toEqual(['lease 192.0.2.10']);
    said();
    pass(1);
    expect(events).toEqual(['lease 192.0.2.10', 'lost expired']);
    expect(said()).toEqual(['discover all']);
    expect(last().message.options.get(dhcp4Options.requestedAddress)).toEqual(Uint8Array.of(192, 0, 2, 10));
    expect(client.status()).toMatchObject({ state: 'selecting', address: null, expiresIn: null });
  });

  it('is renewed again and again, by this server or another', () => {
    const { bind, answer, pass, events, leases } = bench();
    bind({ leaseTime: 20 });
    for (let round = 0; round < 3; round++) {
      pass(10_000);
      answer('ack', { leaseTime: 20 });
    }
    pass(18_000);
    answer('ack', { leaseTime: 20, server: address('192.0.2.2') });
    expect(events).toEqual(new Array(5).fill('lease 192.0.2.10'));
    expect(leases.at(-1)?.server).toBe(address('192.0.2.2'));
    pass(9_000);
    expect(events).toHaveLength(5);
  });

  it('asks a short lease again every second at the end', () => {
    const { bind, said, pass } = bench();
    bind({ leaseTime: 20 });
    said();
    pass(17_499);
    expect(said()).toEqual(new Array(4).fill('request 192.0.2.1'));
    pass(2_500);
    expect(said()).toEqual(new Array(3).fill('request all'));
  });

  it('takes another address with the renewal, and loses it with a refusal', () => {
    const { bind, answer, pass, events, said } = bench();
    bind({ leaseTime: 20 });
    pass(10_000);
    answer('ack', { leaseTime: 20, yourAddress: address('192.0.2.11') });
    pass(10_000);
    said();
    answer('nak');
    expect(events).toEqual(['lease 192.0.2.10', 'lease 192.0.2.11', 'lost nak']);
    expect(said()).toEqual(['discover all']);
  });

  it('needs nothing for an infinite lease', () => {
    const { bind, pass, said, client, leases } = bench();
    bind({ leaseTime: 0xffffffff });
    said();
    pass(1e12);
    expect(said()).toEqual([]);
    expect(leases[0]?.leaseTime).toBe(Number.POSITIVE_INFINITY);
    expect(client.status()).toMatchObject({ state: 'bound', renewIn: null, rebindIn: null, expiresIn: null });
  });

  it('believes times of the server that make sense', () => {
    const test = (t1: number, t2: number) => {
      const { bind, leases } = bench();
      bind({
        leaseTime: 1000,
        options: [
          [dhcp4Options.renewalTime, seconds(t1)],
          [dhcp4Options.rebindingTime, seconds(t2)],
        ],
      });
      return [leases[0]?.t1, leases[0]?.t2];
    };
    expect(test(100, 200)).toEqual([100, 200]);
    expect(test(300, 200)).toEqual([200, 200]);
    expect(test(0, 2000)).toEqual([500, 875]);
    expect(test(0xffffffff, 0xffffffff)).toEqual([500, 875]);
  });
});

describe('noise', () => {
  it('is survived in every state: random bytes, and answers with some of theirs changed', () => {
    const prepare: readonly ((test: ReturnType<typeof bench>) => void)[] = [
      ({ client }) => client.start(),
      ({ client, answer }) => {
        client.start();
        answer('offer');
      },
      ({ bind, pass }) => {
        bind({ leaseTime: 20 });
        pass(11_000);
      },
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...prepare),
        fc.constantFrom('offer' as const, 'ack' as const, 'nak' as const),
        fc.array(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), { minLength: 20, maxLength: 40 }),
        fc.uint8Array({ maxLength: 300 }),
        (begin, type, rounds, noise) => {
          const test = bench();
          begin(test);
          test.client.receive(noise, server);
          for (const changes of rounds) {
            const bytes = test.encode(type);
            // Mostly in the options: a message with another head is dropped early.
            for (const [at, value] of changes) bytes[at % 8 === 0 ? at % 240 : 240 + (at % 50)] = value;
            test.client.receive(bytes, server);
          }
          test.pass(100);
          for (const lease of test.leases) {
            expect(formatAddress(lease.address)).not.toBe('0.0.0.0');
            expect(lease.t1).toBeLessThanOrEqual(lease.t2);
            expect(lease.t2).toBeLessThanOrEqual(lease.leaseTime);
          }
        },
      ),
      { numRuns: 700 },
    );
  });
});
