import { describe, expect, it } from 'vitest';
import { addressBytes, formatAddress } from '../../wire/address.ts';
import { type Dhcp4Message, dhcp4Options, parseDhcp4 } from '../../wire/dhcp4.ts';
import { address, bench, server } from './fixture/bench.ts';
import { type Dhcp4Lease, leaseOf, recalledLease, rememberedLease } from './lease.ts';

const leaseWith = (options: [number, Uint8Array][], yourAddress = address('192.0.2.10')): Dhcp4Lease => {
  const { bind, leases } = bench();
  bind({ options, yourAddress });
  return leases[0] as Dhcp4Lease;
};

const text = (value: string) => Uint8Array.from(Buffer.from(value, 'latin1'));

describe('a lease', () => {
  it('has what the server sent', () => {
    const lease = leaseWith([
      [dhcp4Options.domainName, text('Example.com\0')],
      [
        dhcp4Options.searchDomains,
        Uint8Array.of(3, 0x65, 0x6e, 0x67, 5, 0x61, 0x70, 0x70, 0x6c, 0x65, 0, 2, 0x6d, 0x6b, 0xc0, 4),
      ],
      [dhcp4Options.mtu, Uint8Array.of(5, 0xdc)],
      [dhcp4Options.timeServers, Uint8Array.of(192, 0, 2, 123, 192, 0, 2, 124)],
    ]);
    expect(lease).toMatchObject({ domain: 'Example.com', searchDomains: ['eng.apple', 'mk.apple'], mtu: 1500 });
    expect(lease.timeServers.map(formatAddress)).toEqual(['192.0.2.123', '192.0.2.124']);
    expect(lease.nameServers.map(formatAddress)).toEqual(['192.0.2.53']);
    expect(lease.routes).toEqual([{ destination: address('0.0.0.0'), prefixLength: 0, gateway: server }]);
  });

  it('has classless routes instead of routers: RFC 3442', () => {
    const { routes, routers } = leaseWith([
      [dhcp4Options.classlessRoutes, Uint8Array.of(0, 192, 0, 2, 254, 20, 10, 1, 0x1f, 0, 0, 0, 0)],
    ]);
    expect(routers).toEqual([server]);
    expect(routes).toEqual([
      { destination: address('0.0.0.0'), prefixLength: 0, gateway: address('192.0.2.254') },
      { destination: address('10.1.16.0'), prefixLength: 20, gateway: undefined },
    ]);
    expect(leaseWith([[dhcp4Options.classlessRoutes, Uint8Array.of(99)]]).routes).toHaveLength(1);
  });

  it('is without what makes no sense', () => {
    expect(leaseWith([[dhcp4Options.mtu, Uint8Array.of(0, 68)]]).mtu).toBeUndefined();
    expect(leaseWith([[dhcp4Options.domainName, text('one.example two.example')]]).domain).toBe('one.example');
    for (const bad of ['', '\0', '$(reboot)', 'a..b', 'x'.repeat(64)]) {
      expect(leaseWith([[dhcp4Options.domainName, text(bad)]]).domain, bad).toBeUndefined();
    }
  });

  it('may be of one address alone, or of two', () => {
    expect(leaseWith([[dhcp4Options.subnetMask, Uint8Array.of(255, 255, 255, 255)]]).prefixLength).toBe(32);
    expect(
      leaseWith([[dhcp4Options.subnetMask, Uint8Array.of(255, 255, 255, 254)]], address('192.0.2.0')).prefixLength,
    ).toBe(31);
  });

  it('without a mask has the one of its class', () => {
    const test = bench();
    test.client.start();
    const message = parseDhcp4(test.encode('offer')) as Dhcp4Message;
    const options = new Map([
      [dhcp4Options.leaseTime, Uint8Array.of(0, 0, 1, 0)],
      [dhcp4Options.server, addressBytes(server)],
    ]);
    const lengths = ['10.0.0.5', '172.16.0.5', '192.0.2.5'].map(
      (own) => leaseOf({ ...message, yourAddress: address(own), options }, 0)?.prefixLength,
    );
    expect(lengths).toEqual([8, 16, 24]);
  });
});

describe('memory of a lease', () => {
  const lease = leaseWith([]);

  it('is a JSON value that lasts as long as the lease', () => {
    const value = JSON.parse(JSON.stringify(rememberedLease(lease, lease.acquiredAt + 600_000, 1_000_000)));
    expect(value).toEqual({ address: '192.0.2.10', server: '192.0.2.1', expires: 1_003_000 });
    expect(recalledLease(value, 1_002_999)).toEqual({ address: address('192.0.2.10'), server });
    expect(recalledLease(value, 1_003_000)).toBeUndefined();
    expect(recalledLease(value, undefined)).toBeDefined();
    expect(recalledLease(rememberedLease(lease, lease.acquiredAt, undefined), 9e9)).toBeDefined();
  });

  it('may be anything', () => {
    for (const value of [null, 7, 'x', {}, { address: 7 }, { address: 'fe80::1' }, { address: '127.0.0.1' }]) {
      expect(recalledLease(value, 1)).toBeUndefined();
    }
    expect(recalledLease({ address: '192.0.2.1', server: [] }, 1)).toEqual({ address: server, server: undefined });
  });
});
