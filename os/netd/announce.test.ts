import { expect, it } from 'vitest';
import type { AddressStatus, InterfaceStatus, NetworkStatus } from '../sockets/status.ts';
import { announcements } from './announce.ts';
import { emptyStatus } from './fixture/memory-network.ts';

const address = (text: string, more: Partial<AddressStatus> = {}): AddressStatus => ({
  address: text,
  prefixLength: text.includes(':') ? 64 : 24,
  family: text.includes(':') ? 6 : 4,
  state: 'preferred',
  origin: 'dhcp',
  validFor: null,
  preferredFor: null,
  ...more,
});

const status = (addresses: readonly AddressStatus[], up = true): NetworkStatus => ({
  ...emptyStatus,
  interfaces: [{ name: 'eth0', up, addresses } as InterfaceStatus],
});

const say = (before: NetworkStatus | undefined, after: NetworkStatus) =>
  announcements(before, after, 0.841).map(({ severity, message }) => `${severity} ${message}`);

const linkLocal = address('fe80::1', { origin: 'link-local' });

it('tells of addresses that can be used, once', () => {
  const first = status([linkLocal, address('192.0.2.10', { state: 'duplicate' })]);
  const second = status([
    linkLocal,
    address('192.0.2.10', { state: 'tentative' }),
    address('2001:db8::5', { origin: 'slaac' }),
  ]);
  expect(say(undefined, status([linkLocal]))).toEqual([]);
  expect(say(first, second)).toEqual([
    'info network: eth0 192.0.2.10/24 by DHCP after 0.84 s',
    'info network: eth0 2001:db8::5/64 by router advertisement after 0.84 s',
  ]);
  expect(say(second, second)).toEqual([]);
});

it('tells of losses', () => {
  const before = status([address('192.0.2.10')]);
  expect(say(before, status([], false))).toEqual([
    'warning network: eth0 has lost its carrier',
    'warning network: eth0 has lost 192.0.2.10/24',
  ]);
  expect(say(before, emptyStatus)).toEqual(['warning network: eth0 is gone']);
  expect(say(status([], false), status([]))).toEqual(['info network: eth0 has a carrier again']);
  expect(say(before, status([address('192.0.2.10', { state: 'duplicate' })]))).toEqual([
    'warning network: eth0 has lost 192.0.2.10/24',
    'error network: eth0 cannot have 192.0.2.10/24: another machine has it',
  ]);
});
