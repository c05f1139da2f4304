import { describe, expect, it } from 'vitest';
import { dhcp6Status } from '../../wire/dhcp6.ts';
import { bench, status } from './fixture/bench.ts';

describe('carrier', () => {
  it('comes back: the addresses are confirmed, and stay in use', () => {
    const { bind, client, said, answer, events, pass, last } = bench();
    bind();
    client.linkDown();
    pass(60);
    client.linkUp();
    expect(said()).toEqual(['confirm']);
    expect(last().addresses).toEqual(['2001:db8::10']);
    answer('reply', { options: [status(0)] });
    expect(client.status()).toMatchObject({ state: 'bound', renewIn: 440 });
    expect(events).toEqual(['lease 2001:db8::10']);
  });

  it('comes back and nobody answers for ten seconds: they are used on', () => {
    const { bind, client, said, pass } = bench();
    bind();
    client.linkDown();
    client.linkUp();
    pass(10);
    expect(new Set(said())).toEqual(new Set(['confirm']));
    expect(client.status().state).toBe('bound');
    client.linkDown();
    pass(600);
    client.linkUp();
    pass(10);
    expect(client.status().state).toBe('renewing');
  });

  it('comes back elsewhere, or too late', () => {
    const elsewhere = bench();
    elsewhere.bind();
    elsewhere.client.linkDown();
    elsewhere.client.linkUp();
    elsewhere.answer('reply', { options: [status(dhcp6Status.notOnLink)] });
    expect(elsewhere.events.at(-1)).toBe('lost not-on-link');
    expect(elsewhere.said()).toEqual(['confirm', 'solicit']);
    const late = bench();
    late.bind();
    late.client.linkDown();
    late.pass(2000);
    expect(late.events.at(-1)).toBe('lost expired');
    expect(late.said()).toEqual([]);
    late.client.linkUp();
    expect(late.said()).toEqual(['solicit']);
  });
});

describe('the end', () => {
  it('is a release, said up to four times', () => {
    const { bind, client, said, last, pass, events } = bench();
    bind();
    client.release();
    client.release();
    expect(said()).toEqual(['release']);
    expect(last().addresses).toEqual(['2001:db8::10']);
    expect(client.status()).toMatchObject({ state: 'releasing', address: null });
    pass(100);
    expect(said()).toEqual(['release', 'release', 'release']);
    expect(client.status().state).toBe('stopped');
    expect(events).toHaveLength(1);
  });

  it('is over when the server has heard it', () => {
    const { bind, client, answer, said, pass } = bench();
    bind();
    client.release();
    answer('reply', { options: [status(0)] });
    expect(client.status().state).toBe('stopped');
    pass(100);
    expect(said()).toEqual(['release']);
  });

  it('of addresses that somebody else has: they are declined, and others looked for', () => {
    const { bind, client, answer, said, events } = bench();
    bind();
    client.decline();
    expect(events.at(-1)).toBe('lost declined');
    expect(said()).toEqual(['decline']);
    answer('reply', { options: [status(0)] });
    expect(said()).toEqual(['solicit']);
  });
});
