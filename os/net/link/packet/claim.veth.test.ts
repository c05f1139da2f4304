import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { linuxNetwork as kernel } from '../../../syscall/linux/network/kernel.ts';
import { type Address, formatAddress, parseAddress } from '../../wire/address.ts';
import { claimInterface, releaseInterface } from './claim.ts';
import { cable, ip } from './fixture/veth.ts';
import { RouteSocket } from './netlink/route-socket.ts';
import { watchLinks } from './netlink/watch-links.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

function setUp() {
  const { a, b, remove } = cable();
  undo.push(remove);
  const requests = new RouteSocket(kernel);
  undo.push(() => requests.close());
  const link = requests.links().find(({ name }) => name === a);
  if (link === undefined) throw new Error(`${a} is not listed`);
  return { a, b, requests, index: link.index, link };
}

const address = (text: string): Address => parseAddress(text) as Address;

describe('an interface', () => {
  it('is taken from the kernel, and given back', async () => {
    const { a, b, requests, index } = setUp();
    ip('link', 'set', b, 'up');
    ip('address', 'add', '192.0.2.1/24', 'dev', a);
    ip('address', 'add', '192.0.2.2/24', 'dev', a);
    ip('link', 'set', a, 'up');
    const addresses = () => requests.addresses().filter((entry) => entry.index === index);
    const ofIpv6 = () => addresses().filter((entry) => formatAddress(entry.address).startsWith('fe80::'));
    await vi.waitUntil(() => ofIpv6().length === 1);
    const disabled = () => readFileSync(`/proc/sys/net/ipv6/conf/${a}/disable_ipv6`, 'utf8').trim();
    claimInterface(kernel, a);
    expect(disabled()).toBe('1');
    expect(addresses()).toEqual([]);
    expect(requests.routes().filter((route) => route.index === index)).toEqual([]);
    claimInterface(kernel, a);
    releaseInterface(kernel, a);
    expect(disabled()).toBe('0');
    // The kernel gives itself a link-local address again.
    await vi.waitUntil(() => ofIpv6().length === 1);
  });
});

describe('requests', () => {
  it('describe an interface', () => {
    const { link } = setUp();
    expect(link).toMatchObject({ mtu: 1500, type: 'ethernet', kind: 'veth', enabled: false, up: false });
    expect(link.segmentationLimit).toBe(65_536);
  });

  it('add, list and remove addresses and routes', () => {
    const { a, b, requests, index } = setUp();
    ip('link', 'set', b, 'up');
    requests.changeLink(index, { enabled: true, mtu: 1400 });
    expect(requests.links().find(({ name }) => name === a)).toMatchObject({ enabled: true, mtu: 1400 });
    for (const [text, prefixLength, gateway] of [
      ['192.0.2.1', 24, '192.0.2.254'],
      ['2001:db8::1', 64, '2001:db8::ff'],
    ] as const) {
      requests.addAddress(index, address(text), prefixLength);
      requests.addAddress(index, address(text), prefixLength);
      const mine = requests.addresses().filter((entry) => entry.address === address(text));
      expect(mine).toMatchObject([{ index, prefixLength, permanent: true, validFor: undefined }]);
      const destination = address(text.includes(':') ? '::' : '0.0.0.0');
      const route = { destination, prefixLength: 0, gateway: address(gateway), index, metric: 77 };
      requests.addRoute(route, 'dhcp');
      expect(requests.routes()).toContainEqual({ ...route, origin: 'dhcp', expiresIn: undefined });
      const family = text.includes(':') ? '-6' : '-4';
      expect(ip(family, 'route', 'show', 'default')).toContain(`default via ${gateway} dev ${a} proto dhcp metric 77`);
      requests.removeRoute(route);
      expect(() => requests.removeRoute(route)).toThrow(/RTM_DELROUTE.*ESRCH/);
      requests.removeAddress(index, address(text), prefixLength);
      expect(() => requests.removeAddress(index, address(text), prefixLength)).toThrow(/RTM_DELADDR.*EADDRNOTAVAIL/);
    }
  });

  it('list neighbours', () => {
    const { a, b, requests, index } = setUp();
    ip('link', 'set', b, 'up');
    ip('link', 'set', a, 'up');
    ip('neighbour', 'add', '192.0.2.9', 'lladdr', '02:00:00:00:00:09', 'nud', 'stale', 'dev', a);
    expect(requests.neighbours()).toContainEqual(
      expect.objectContaining({ index, address: address('192.0.2.9'), state: 'stale', router: false }),
    );
  });

  it('set features', () => {
    const { a } = setUp();
    expect(kernel.ethtool(a, 'gso')).toBe(true);
    expect(kernel.ethtool(a, 'gso', false)).toBe(false);
    expect(kernel.ethtool(a, 'gso')).toBe(false);
  });
});

describe('watchLinks', () => {
  it('hears of new interfaces, changes and the end', async () => {
    const heard: string[] = [];
    using _ = watchLinks(
      kernel,
      ({ name, enabled, mtu }) => heard.push(`${name} ${enabled ? 'on' : 'off'} ${mtu}`),
      ({ name }) => heard.push(`${name} gone`),
    );
    const { a } = setUp();
    await vi.waitUntil(() => heard.includes(`${a} off 1500`));
    ip('link', 'set', a, 'mtu', '1300', 'up');
    await vi.waitUntil(() => heard.includes(`${a} on 1300`));
    ip('link', 'delete', a);
    await vi.waitUntil(() => heard.includes(`${a} gone`));
  });
});
