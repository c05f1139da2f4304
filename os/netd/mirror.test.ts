import { expect, it } from 'vitest';
import { formatAddress } from '../net/wire/address.ts';
import type { AddressStatus, InterfaceStatus, NetworkStatus, RouteStatus } from '../sockets/status.ts';
import { emptyStatus } from './fixture/memory-network.ts';
import { Mirror } from './mirror.ts';

function scene() {
  const calls: string[] = [];
  const problems: string[] = [];
  const mirror = new Mirror(
    {
      addAddress: (index, address, length) => calls.push(`+${index} ${formatAddress(address)}/${length}`),
      removeAddress: (index, address, length) => calls.push(`-${index} ${formatAddress(address)}/${length}`),
      addRoute: ({ gateway }, origin) => {
        if (gateway === undefined) throw new Error('refused');
        calls.push(`+route by ${formatAddress(gateway)} ${origin}`);
      },
      removeRoute: ({ gateway }) => calls.push(`-route by ${gateway && formatAddress(gateway)}`),
    },
    (name) => (name === 'eth0' ? 2 : undefined),
    (message) => problems.push(message),
  );
  return { mirror, problems, take: () => calls.splice(0) };
}

const status = (addresses: Partial<AddressStatus>[], routes: Partial<RouteStatus>[] = []): NetworkStatus => ({
  ...emptyStatus,
  interfaces: [
    { name: 'eth0', addresses: addresses.map((each) => ({ prefixLength: 24, ...each })) } as unknown as InterfaceStatus,
  ],
  routes: routes.map((each) => ({ destination: '0.0.0.0/0', interface: 'eth0', metric: 1, ...each }) as RouteStatus),
});

const dhcp = { address: '192.0.2.10', origin: 'dhcp', state: 'preferred' } as const;

it('gives the kernel what DHCP and the settings gave, in an order that it takes, and takes it back', () => {
  const { mirror, take } = scene();
  const full = status(
    [dhcp, { address: 'fe80::1', origin: 'link-local' }, { address: '2001:db8::1', origin: 'slaac' }],
    [
      { gateway: '192.0.2.1', origin: 'dhcp' },
      { gateway: 'fe80::2', destination: '::/0', origin: 'ra' },
    ],
  );
  mirror.follow(full);
  expect(take()).toEqual(['+2 192.0.2.10/24', '+route by 192.0.2.1 dhcp']);
  mirror.follow(full);
  expect(take()).toEqual([]);
  mirror.follow(status([{ ...dhcp, address: '192.0.2.11' }]));
  expect(take()).toEqual(['-route by 192.0.2.1', '-2 192.0.2.10/24', '+2 192.0.2.11/24']);
});

it('goes on when the kernel refuses', () => {
  const { mirror, problems, take } = scene();
  mirror.follow(
    status(
      [dhcp],
      [
        { gateway: null, origin: 'static' },
        { gateway: '192.0.2.1', origin: 'static' },
      ],
    ),
  );
  expect(problems).toEqual(['refused']);
  expect(take()).toEqual(['+2 192.0.2.10/24', '+route by 192.0.2.1 static']);
});
