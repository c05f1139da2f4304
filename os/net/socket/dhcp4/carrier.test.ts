import { describe, expect, it } from 'vitest';
import { addressBytes, unspecified4 } from '../../wire/address.ts';
import { dhcp4Options } from '../../wire/dhcp4.ts';
import { address, bench, server } from './fixture/bench.ts';

describe('carrier', () => {
  it('comes back: the lease is confirmed, and stays in use meanwhile', () => {
    const { bind, client, said, events, answer, last, pass } = bench();
    bind();
    said();
    client.linkDown();
    pass(60_000);
    expect(client.status().state).toBe('down');
    client.linkUp();
    expect(said()).toEqual(['request all']);
    expect(last().message.options.get(dhcp4Options.requestedAddress)).toEqual(Uint8Array.of(192, 0, 2, 10));
    expect(last().message.options.has(dhcp4Options.server)).toBe(false);
    expect(last().message.clientAddress).toBe(unspecified4);
    answer('ack');
    expect(events).toEqual(['lease 192.0.2.10', 'lease 192.0.2.10']);
    expect(client.status().state).toBe('bound');
  });

  it('comes back elsewhere: the lease is refused, or nobody knows of it and another one is found', () => {
    const { bind, client, said, events, answer, pass } = bench();
    bind();
    client.linkDown();
    client.linkUp();
    answer('nak');
    expect(events).toEqual(['lease 192.0.2.10', 'lost nak']);
    answer('offer');
    answer('ack');
    client.linkDown();
    client.linkUp();
    said();
    pass(1250);
    expect(said()).toEqual(['request all', 'discover all']);
    pass(30_000);
    expect(events.slice(2)).toEqual(['lease 192.0.2.10']);
    answer('offer', { yourAddress: address('192.0.2.44') });
    answer('ack', { yourAddress: address('192.0.2.44') });
    expect(events.at(-1)).toBe('lease 192.0.2.44');
  });

  it('stays away until the lease is over', () => {
    const { bind, client, events, pass, said } = bench();
    bind({ leaseTime: 60 });
    client.linkDown();
    said();
    pass(60_000);
    expect(events).toEqual(['lease 192.0.2.10', 'lost expired']);
    expect(said()).toEqual([]);
    client.linkUp();
    expect(said()).toEqual(['request all']);
  });

  it('is waited for when there is none at the start', () => {
    const { client, said } = bench();
    client.linkDown();
    client.start();
    expect(said()).toEqual([]);
    client.linkUp();
    expect(said()).toEqual(['discover all']);
    client.linkUp();
    expect(said()).toEqual([]);
  });
});

describe('an earlier lease', () => {
  const previous = { address: address('192.0.2.10'), server };

  it('is confirmed with one exchange', () => {
    const { client, said, answer, events } = bench();
    client.start(previous);
    expect(said()).toEqual(['request all']);
    answer('ack');
    expect(events).toEqual(['lease 192.0.2.10']);
  });

  it('is given up at a refusal, or when there is no answer for a moment', () => {
    const refused = bench();
    refused.client.start(previous);
    refused.answer('nak');
    expect(refused.said()).toEqual(['request all', 'discover all']);
    expect(refused.events).toEqual([]);
    const silent = bench();
    silent.client.start(previous);
    silent.pass(1250);
    expect(silent.said()).toEqual(['request all', 'request all', 'discover all']);
    silent.pass(10_000);
    expect(silent.events).toEqual(['no server']);
  });
});

describe('the end', () => {
  it('is a word to the server', () => {
    const { bind, client, said, last, events, pass } = bench();
    bind();
    said();
    client.release();
    expect(said()).toEqual(['release 192.0.2.1']);
    expect(last().to).toEqual({ kind: 'unicast', server, source: address('192.0.2.10') });
    expect(last().message.clientAddress).toBe(address('192.0.2.10'));
    expect(client.status()).toMatchObject({ state: 'stopped', address: null });
    pass(10_000_000);
    expect(said()).toEqual([]);
    expect(events).toEqual(['lease 192.0.2.10']);
    client.release();
    client.decline();
    expect(said()).toEqual([]);
  });

  it('of an address that somebody else has: it is declined, and after ten seconds another one is asked for', () => {
    const { bind, client, said, last, events, pass } = bench();
    bind();
    said();
    client.decline();
    expect(said()).toEqual(['decline all']);
    expect(last().message.options.get(dhcp4Options.requestedAddress)).toEqual(Uint8Array.of(192, 0, 2, 10));
    expect(last().message.options.get(dhcp4Options.server)).toEqual(addressBytes(server));
    expect(events).toEqual(['lease 192.0.2.10', 'lost declined']);
    pass(9_999);
    expect(said()).toEqual([]);
    pass(1);
    expect(said()).toEqual(['discover all']);
    expect(last().message.options.has(dhcp4Options.requestedAddress)).toBe(false);
  });
});
