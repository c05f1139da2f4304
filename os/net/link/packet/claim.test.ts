import { describe, expect, it } from 'vitest';
import { IFF_UP } from '../../../syscall/abi/if.ts';
import { ifinfomsg } from '../../../syscall/abi/if-link.ts';
import { RTM_DELADDR, RTM_NEWLINK } from '../../../syscall/abi/rtnetlink.ts';
import { type Address, parseAddress } from '../../wire/address.ts';
import { claimInterface, releaseInterface } from './claim.ts';
import { scriptedRoute } from './fixture/scripted-route.ts';
import { viewOf } from './netlink/message.ts';

describe('claimInterface', () => {
  it('silences IPv6 before it switches the interface on, and takes the addresses away', () => {
    const route = scriptedRoute();
    for (const [index, text] of [[2, '192.0.2.1'] as const, [9, '192.0.2.2'] as const, [2, '2001:db8::1'] as const]) {
      route.addresses.push({ index, address: parseAddress(text) as Address, prefixLength: 24 });
    }
    claimInterface(route.kernel, 'eth0');
    expect(route.kernel.parameters).toContainEqual(['net/ipv6/conf/eth0/disable_ipv6', '1']);
    expect(route.requests.map(({ type }) => type)).toEqual([RTM_DELADDR, RTM_DELADDR, RTM_NEWLINK]);
    const { body } = route.requests[2] as { body: Uint8Array };
    expect(viewOf(body).getUint32(ifinfomsg.flags, true)).toBe(IFF_UP);
    expect(route.kernel.sockets.some(({ open }) => open)).toBe(false);
  });

  it('does with a kernel without IPv6', () => {
    const route = scriptedRoute();
    for (const name of ['disable_ipv6', 'accept_ra', 'addr_gen_mode']) {
      route.kernel.missingParameters.add(`net/ipv6/conf/eth0/${name}`);
    }
    claimInterface(route.kernel, 'eth0');
    expect(route.requests.map(({ type }) => type)).toEqual([RTM_NEWLINK]);
  });

  it('names a missing interface', () => {
    expect(() => claimInterface(scriptedRoute().kernel, 'eth7')).toThrow(/"eth7".*ENODEV/);
  });
});

describe('releaseInterface', () => {
  it('gives IPv6 back', () => {
    const route = scriptedRoute();
    releaseInterface(route.kernel, 'eth0');
    expect(route.kernel.parameters).toContainEqual(['net/ipv6/conf/eth0/disable_ipv6', '0']);
  });
});
