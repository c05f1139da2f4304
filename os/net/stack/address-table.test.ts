import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../environment/clock.ts';
import { SeededRandom } from '../environment/random.ts';
import { formatAddress } from '../wire/address.ts';
import { type AddressSpec, AddressTable } from './address-table.ts';
import { at, macOf } from './fixture/lan.ts';

const forEver = Number.POSITIVE_INFINITY;

function bench() {
  const clock = new SteppedClock();
  const said: string[] = [];
  const tell = (what: string) => (address: { address: AddressSpec['address'] } | AddressSpec['address']) => {
    said.push(`${what} ${formatAddress(typeof address === 'string' ? address : address.address)}`);
  };
  const table = new AddressTable(clock, new SeededRandom(1), {
    probe: tell('probe'),
    announce: tell('announce'),
    onChange: ({ state }) => said.push(state),
    onLost: tell('lost'),
    onConflict: () => said.push('conflict'),
    onDuplicate: tell('duplicate'),
  });
  const add = (text: string, more: Partial<AddressSpec> = {}) => {
    table.add({
      address: at(text),
      prefixLength: 24,
      origin: 'dhcp',
      validUntil: forEver,
      preferredUntil: forEver,
      ...more,
    });
  };
  const heard = () => said.splice(0);
  const pass = (milliseconds: number) => clock.advance(clock.now + milliseconds);
  const state = (text: string) => table.get(at(text))?.state;
  return { clock, table, add, heard, pass, state };
}

describe('an IPv4 address', () => {
  it('is probed three times and announced twice: RFC 5227, section 2', () => {
    const { add, heard, pass } = bench();
    add('192.0.2.1');
    expect(heard()).toEqual(['tentative', 'probe 192.0.2.1']);
    pass(4000);
    expect(heard()).toEqual(['probe 192.0.2.1', 'probe 192.0.2.1']);
    pass(2000);
    expect(heard()).toEqual(['preferred', 'announce 192.0.2.1']);
    pass(60_000);
    expect(heard()).toEqual(['announce 192.0.2.1']);
  });

  it('is given up when somebody has it already', () => {
    const { table, add, heard, pass } = bench();
    add('192.0.2.1');
    pass(1000);
    heard();
    table.conflict(at('192.0.2.1'), macOf(9));
    expect(heard()).toEqual(['conflict', 'duplicate', 'lost 192.0.2.1', 'duplicate 192.0.2.1']);
    expect(table.owns(at('192.0.2.1'))).toBe(false);
    pass(3_600_000);
    expect(heard()).toEqual([]);
  });

  it('of the settings is never given up once it is proved, and not shouted about: RFC 5227, section 2.4 (c)', () => {
    const { table, add, heard, pass, state } = bench();
    add('192.0.2.1', { origin: 'static' });
    pass(20_000);
    heard();
    // A storm of a hundred seconds.
    for (let index = 0; index < 10_000; index++) {
      table.conflict(at('192.0.2.1'), macOf(9));
      pass(10);
    }
    const announcements = heard().filter((each) => each.startsWith('announce'));
    expect(announcements.length).toBeGreaterThan(5);
    expect(announcements.length).toBeLessThanOrEqual(10);
    expect(state('192.0.2.1')).toBe('preferred');
  });

  it('of the settings that somebody has is asked for again every minute, silently while it is his', () => {
    const { table, add, heard, pass, state } = bench();
    add('192.0.2.1', { origin: 'static' });
    table.conflict(at('192.0.2.1'), macOf(9));
    heard();
    pass(60_000);
    expect(heard()).toEqual(['probe 192.0.2.1']);
    // He answers.
    table.conflict(at('192.0.2.1'), macOf(9));
    pass(59_000);
    expect([heard(), state('192.0.2.1')]).toEqual([[], 'duplicate']);
    pass(20_000);
    expect(heard().at(-1)).toBe('announce 192.0.2.1');
    expect(state('192.0.2.1')).toBe('preferred');
  });
});

describe('an IPv6 address', () => {
  it('is probed once and announced once: RFC 4862, section 5.4', () => {
    const { add, heard, pass } = bench();
    add('fe80::1');
    pass(10_000);
    expect(heard()).toEqual(['tentative', 'probe fe80::1', 'preferred', 'announce fe80::1']);
  });

  it('that was proved is kept whatever others say: section 5.4.4', () => {
    const { table, add, heard, pass, state } = bench();
    add('fe80::1');
    pass(10_000);
    heard();
    table.conflict(at('fe80::1'), macOf(9));
    expect([heard(), state('fe80::1')]).toEqual([[], 'preferred']);
  });
});

describe('lifetimes', () => {
  it('end in deprecation, then in nothing', () => {
    const { add, pass, state, heard } = bench();
    add('fe80::1', { preferredUntil: 10_000, validUntil: 20_000 });
    pass(9999);
    expect(state('fe80::1')).toBe('preferred');
    pass(1);
    expect(state('fe80::1')).toBe('deprecated');
    heard();
    pass(10_000);
    expect([state('fe80::1'), heard()]).toEqual([undefined, ['lost fe80::1']]);
  });

  it('can be prolonged, and be over at once', () => {
    const { add, pass, state } = bench();
    add('fe80::1', { preferredUntil: 10_000, validUntil: 20_000 });
    pass(15_000);
    add('fe80::1', { preferredUntil: 30_000, validUntil: 40_000 });
    expect(state('fe80::1')).toBe('preferred');
    add('fe80::1', { preferredUntil: 15_000, validUntil: 40_000 });
    expect(state('fe80::1')).toBe('deprecated');
    pass(25_000);
    expect(state('fe80::1')).toBeUndefined();
  });

  it('that are over before the address is proved make it deprecated', () => {
    const { add, pass, state } = bench();
    add('fe80::1', { preferredUntil: 500, validUntil: 20_000 });
    pass(2000);
    expect(state('fe80::1')).toBe('deprecated');
  });
});

it('an address is added anew when its network or its origin is another one', () => {
  const { add, heard } = bench();
  add('192.0.2.1');
  heard();
  add('192.0.2.1', { prefixLength: 16 });
  expect(heard()).toEqual(['lost 192.0.2.1', 'tentative', 'probe 192.0.2.1']);
});

it('all addresses are proved again when the cable was out, those that somebody had too', () => {
  const { table, add, heard, pass, state } = bench();
  add('192.0.2.1');
  add('fe80::1');
  table.conflict(at('192.0.2.1'), macOf(9));
  pass(10_000);
  heard();
  table.reprove();
  expect([state('192.0.2.1'), state('fe80::1')]).toEqual(['tentative', 'tentative']);
  pass(20_000);
  expect([state('192.0.2.1'), state('fe80::1')]).toEqual(['preferred', 'preferred']);
});
