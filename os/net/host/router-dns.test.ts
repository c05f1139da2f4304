import { expect, it } from 'vitest';
import { SteppedClock } from '../environment/clock.ts';
import { at } from '../stack/fixture/lan.ts';
import { formatAddress } from '../wire/address.ts';
import { RouterDns } from './router-dns.ts';

function bench() {
  const clock = new SteppedClock();
  let changes = 0;
  const dns = new RouterDns(clock, 'eth0', () => {
    changes += 1;
  });
  const learn = (servers: readonly string[], lifetime: number, domains: readonly string[] = []) =>
    dns.learn([{ servers: servers.map(at), domains, lifetime }]);
  const servers = () =>
    dns.nameServers.map(({ address, interface: on }) => `${formatAddress(address)}${on === undefined ? '' : `%${on}`}`);
  return { clock, dns, learn, servers, changes: () => changes };
}

it('servers and domains are good as long as it was said, and link-local ones on this link', () => {
  const { clock, dns, learn, servers, changes } = bench();
  learn(['2001:db8::53', 'fe80::53'], 60, ['lab']);
  expect([servers(), dns.searchDomains, changes()]).toEqual([['2001:db8::53', 'fe80::53%eth0'], ['lab'], 1]);
  clock.advance(30_000);
  learn(['fe80::53'], 60);
  expect(changes()).toBe(1);
  clock.advance(60_000);
  expect([servers(), dns.searchDomains, changes()]).toEqual([['fe80::53%eth0'], [], 2]);
  clock.advance(90_000);
  expect([servers(), changes()]).toEqual([[], 3]);
});

it('a lifetime of zero takes them away: RFC 8106, section 5.1', () => {
  const { learn, servers } = bench();
  learn(['2001:db8::53'], Number.POSITIVE_INFINITY);
  learn(['2001:db8::53'], 0);
  expect(servers()).toEqual([]);
});

it('there are not more than make sense', () => {
  const { dns, learn, servers } = bench();
  learn(
    Array.from({ length: 100 }, (_, index) => `2001:db8::${index}`),
    60,
    Array.from({ length: 100 }, (_, index) => `d${index}`),
  );
  expect([servers().length, dns.searchDomains.length]).toEqual([8, 8]);
  // Those that are there can be prolonged.
  learn(['2001:db8::0'], 600);
  expect(servers()).toHaveLength(8);
});
