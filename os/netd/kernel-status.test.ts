import { expect, it } from 'vitest';
import { unspecified6 } from '../net/wire/address.ts';
import type { InterfaceStatus } from '../sockets/status.ts';
import { address, emptyStatus } from './fixture/memory-network.ts';
import { withKernel } from './kernel-status.ts';

it('adds what Linux learnt from routers, and tells its routes and neighbours', () => {
  const lent = { address: '192.0.2.10', origin: 'dhcp' };
  const status = { ...emptyStatus, interfaces: [{ name: 'eth0', addresses: [lent] } as unknown as InterfaceStatus] };
  const of = (text: string, permanent: boolean, index = 2) => {
    const prefixLength = text.includes(':') ? 64 : 24;
    const times = { validFor: 60, preferredFor: undefined };
    return { index, address: address(text), prefixLength, state: 'preferred' as const, permanent, ...times };
  };
  const full = withKernel(
    status,
    {
      addresses: () => [of('192.0.2.10', true), of('2001:db8::5', false), of('fe80::5', true), of('::1', true, 1)],
      routes: () => [
        {
          destination: unspecified6,
          prefixLength: 0,
          gateway: address('fe80::1'),
          index: 2,
          metric: 1024,
          origin: 'ra',
          expiresIn: 1800,
        },
      ],
      neighbours: () => [{ index: 2, address: address('fe80::1'), mac: undefined, state: 'incomplete', router: true }],
    },
    new Map([[2, 'eth0']]),
  );
  expect(full.interfaces[0]?.addresses).toMatchObject([
    lent,
    { address: '2001:db8::5', origin: 'slaac', validFor: 60, preferredFor: null },
    { address: 'fe80::5', origin: 'link-local' },
  ]);
  expect(full.routes).toMatchObject([{ destination: '::/0', gateway: 'fe80::1', interface: 'eth0', origin: 'ra' }]);
  expect(full.neighbours).toMatchObject([{ address: 'fe80::1', mac: null, state: 'incomplete' }]);
});
