import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { IFA_LOCAL, ifaddrmsg } from '../../../../syscall/abi/if-addr.ts';
import { NLM_F_DUMP_INTR, nlmsghdr } from '../../../../syscall/abi/netlink.ts';
import { RTM_DELROUTE, RTM_NEWADDR, RTM_NEWLINK } from '../../../../syscall/abi/rtnetlink.ts';
import { linuxNetwork } from '../../../../syscall/linux/network/kernel.ts';
import { type Address, parseAddress } from '../../../wire/address.ts';
import { scriptedMac, scriptedRoute } from '../fixture/scripted-route.ts';
import { readAttributes } from './message.ts';
import { RouteSocket } from './route-socket.ts';

const address = (text: string): Address => parseAddress(text) as Address;

describe('requests to a scripted kernel', () => {
  it('list interfaces', () => {
    const { kernel } = scriptedRoute();
    expect(new RouteSocket(kernel).links()).toMatchObject([
      { index: 2, name: 'eth0', mac: scriptedMac, mtu: 1500, type: 'ethernet', kind: 'veth', enabled: true, up: true },
    ]);
  });

  it('change them', () => {
    const route = scriptedRoute();
    const socket = new RouteSocket(route.kernel);
    socket.changeLink(2, { enabled: true, mtu: 1400 });
    socket.addAddress(2, address('192.0.2.9'), 24);
    const everything = { destination: address('0.0.0.0'), prefixLength: 0, gateway: undefined, index: 2, metric: 3 };
    socket.removeRoute(everything);
    expect(route.requests.map(({ type }) => type)).toEqual([RTM_NEWLINK, RTM_NEWADDR, RTM_DELROUTE]);
    const attributes = readAttributes(route.requests[1]?.body ?? new Uint8Array(), ifaddrmsg.size);
    expect(attributes.get(IFA_LOCAL)).toEqual(Uint8Array.of(192, 0, 2, 9));
  });

  it('throw the kernel’s reason with the name of the request', () => {
    const route = scriptedRoute();
    route.refusal = constants.errno.EADDRNOTAVAIL;
    const socket = new RouteSocket(route.kernel);
    expect(() => socket.removeAddress(2, address('192.0.2.9'), 24)).toThrow(/^RTM_DELADDR\(.*failed: EADDRNOTAVAIL$/);
  });

  it('pass over what is left of an earlier answer', () => {
    const { kernel } = scriptedRoute();
    const socket = new RouteSocket(kernel);
    kernel.sockets[0]?.incoming.push(new Uint8Array(Uint32Array.of(20, 2, 999, 0, 0).buffer));
    expect(socket.links()).toHaveLength(1);
  });

  it('ask again for a list that changes disturbed', () => {
    const { kernel } = scriptedRoute();
    const socket = new RouteSocket(kernel);
    const [fake] = kernel.sockets;
    if (fake === undefined) throw new Error('no socket');
    const answer = fake.onSend;
    let disturbances = 1;
    fake.onSend = (message) => {
      answer(message);
      const [first] = fake.incoming;
      if (first instanceof Uint8Array && disturbances-- > 0) {
        new DataView(first.buffer).setUint16(nlmsghdr.flags, NLM_F_DUMP_INTR, true);
      }
    };
    expect(socket.links()).toHaveLength(1);
    expect(fake.sent).toHaveLength(2);
  });

  it('end with an error when no answer comes', () => {
    const { kernel } = scriptedRoute();
    const socket = new RouteSocket(kernel);
    const [fake] = kernel.sockets;
    if (fake !== undefined) fake.onSend = () => {};
    expect(() => socket.links()).toThrow(/RTM_GETLINK.*EAGAIN/);
  });
});

describe('the running kernel', () => {
  it('has a loopback interface', () => {
    const socket = new RouteSocket(linuxNetwork);
    expect(socket.links()).toContainEqual(expect.objectContaining({ index: 1, name: 'lo', type: 'loopback' }));
    for (const list of [socket.addresses(), socket.routes(), socket.neighbours()])
      expect(Array.isArray(list)).toBe(true);
    socket.close();
  });
});
