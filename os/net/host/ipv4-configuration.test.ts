import { describe, expect, it } from 'vitest';
import { defaultInterface } from '../../settings/net.ts';
import { at, Lan } from '../stack/fixture/lan.ts';
import { parseArp } from '../wire/arp.ts';
import { etherType, etherTypes } from '../wire/ethernet.ts';
import { Dhcp4Server, type Dhcp4Terms } from './fixture/dhcp4-server.ts';
import { Machine, type MachineOptions, netOf } from './fixture/machine.ts';

const terms: Dhcp4Terms = { server: '192.0.2.1', first: '192.0.2.10', router: '192.0.2.1', nameServer: '192.0.2.53' };

/** A network with a server, maybe somebody with an address of his own, and a machine. */
function network(options: MachineOptions = {}, given: Partial<Dhcp4Terms> = {}, neighbour?: string) {
  const lan = new Lan();
  const node = lan.node(['192.0.2.1/24']);
  const server = new Dhcp4Server(node, { ...terms, ...given });
  const other = neighbour === undefined ? undefined : lan.node([neighbour]);
  lan.pass(10_000);
  const machine = new Machine(lan, { settings: { ipv6: { method: 'off' } }, ...options });
  return { lan, node, server, other, machine };
}

describe('a machine whose IPv4 address comes by DHCP', () => {
  it('has address, route and name server at once', () => {
    const { server, machine } = network();
    machine.pass(0.1);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp tentative']);
    machine.pass(10);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
    expect(machine.routers()).toEqual(['192.0.2.1 eth0']);
    expect(machine.nameServers()).toEqual(['192.0.2.53']);
    expect(server.heard).toEqual(['discover 0.0.0.0', 'request 192.0.2.10']);
    expect(machine.log).toEqual([]);
  });

  it('renews its lease for days, and keeps the address', () => {
    const { server, machine } = network({}, { leaseTime: 600 });
    machine.pass(2 * 86_400);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
    expect(new Set(server.heard)).toEqual(new Set(['discover 0.0.0.0', 'request 192.0.2.10']));
    expect(server.heard.length).toBeGreaterThan((2 * 86_400) / 600);
    expect(machine.log).toEqual([]);
  });

  it('loses it when the server is gone for too long, and has it again afterwards', () => {
    const { server, machine } = network({}, { leaseTime: 600 });
    machine.pass(60);
    server.enabled = false;
    machine.pass(500);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
    machine.pass(200);
    expect(machine.addresses()[0]).toMatch(/^169\.254\.\d+\.\d+\/16 link-local/);
    expect(machine.routers()).toEqual([]);
    expect(machine.nameServers()).toEqual([]);
    expect(machine.log[0]).toMatch(/lost \(expired\)/);
    server.enabled = true;
    machine.pass(120);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
  });

  it('survives a server that is away for half a lease', () => {
    const { server, machine } = network({}, { leaseTime: 600 });
    machine.pass(60);
    server.enabled = false;
    machine.pass(400);
    server.enabled = true;
    machine.pass(1000);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
    expect(machine.log).toEqual([]);
  });

  it('gives way when the server refuses to renew, and takes what it gets', () => {
    const { server, machine } = network({}, { leaseTime: 600 });
    machine.pass(60);
    server.bindings.clear();
    server.terms = { ...terms, first: '192.0.2.100' };
    machine.pass(700);
    expect(machine.addresses()).toEqual(['192.0.2.100/24 dhcp preferred']);
    expect(machine.log).toEqual([expect.stringMatching(/lost \(nak\)/)]);
  });

  it('declines an address that somebody has, and gets another one', () => {
    const { server, machine } = network({}, {}, '192.0.2.10/24');
    machine.pass(60);
    expect(machine.addresses()).toEqual(['192.0.2.11/24 dhcp preferred']);
    expect(server.heard).toContain('decline 192.0.2.10');
    expect(machine.log[0]).toMatch(/192\.0\.2\.10 is used by 02:00:00:00:00:02 too/);
  });

  it('chooses between two servers, and stays with one', () => {
    const { lan, server, machine } = network();
    const other = new Dhcp4Server(lan.node(['192.0.2.2/24']), { ...terms, server: '192.0.2.2', first: '192.0.2.200' });
    machine.pass(4000);
    expect(machine.addresses()).toHaveLength(1);
    const owners = [server, other].filter(({ bindings }) => bindings.size > 0);
    expect(owners).toHaveLength(1);
  });

  it('without a server says so once and uses a link-local address, until there is one', () => {
    const { lan, server, machine } = network();
    server.enabled = false;
    machine.pass(60);
    const [own] = machine.addresses();
    expect(own).toMatch(/^169\.254\.\d+\.\d+\/16 link-local preferred$/);
    expect(machine.log).toEqual([expect.stringMatching(/^warning: .*no DHCP server answers.*169\.254\./)]);
    // It can be reached there.
    const neighbour = lan.node(['169.254.1.1/16']);
    const address = at(own?.split('/')[0] as string);
    const replies: unknown[] = [];
    const session = neighbour.stack.echo.open(address);
    session.onReply = (reply) => replies.push(reply);
    session.send(1, 8);
    machine.pass(5);
    expect(replies).toMatchObject([{ kind: 'reply' }]);
    server.enabled = true;
    machine.pass(120);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
    expect(machine.log).toHaveLength(1);
  });

  it('goes on with the same address after the cable was out', () => {
    const { server, machine } = network();
    machine.pass(60);
    machine.port.plugged = false;
    machine.pass(60);
    machine.port.plugged = true;
    machine.pass(30);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
    expect(server.heard.slice(2)).toEqual(['request 192.0.2.10']);
  });

  it('gets another one in another network, and nothing of the first remains', () => {
    const { server, machine } = network();
    machine.pass(60);
    machine.port.plugged = false;
    // Another network at the same socket.
    server.bindings.clear();
    server.terms = { server: '192.0.2.1', first: '198.51.100.10', router: '198.51.100.1', nameServer: '198.51.100.53' };
    machine.pass(60);
    machine.port.plugged = true;
    machine.pass(30);
    expect(machine.addresses()).toEqual(['198.51.100.10/24 dhcp preferred']);
    expect(machine.routers()).toEqual(['198.51.100.1 eth0']);
    expect(machine.nameServers()).toEqual(['198.51.100.53']);
    expect(machine.host.status().routes.filter(({ destination }) => destination.startsWith('192.0.2'))).toEqual([]);
  });

  it('asks for the same address after a restart, without a discovery', () => {
    const { lan, server, machine } = network();
    machine.pass(60);
    machine.kill();
    const again = new Machine(lan, { settings: { ipv6: { method: 'off' } }, memory: machine.memory });
    again.pass(0.1);
    expect(again.addresses()).toEqual(['192.0.2.10/24 dhcp tentative']);
    expect(server.heard.slice(2)).toEqual(['request 192.0.2.10']);
  });

  it('is not disturbed by what it remembers, whatever that is', () => {
    for (const value of [
      7,
      'x',
      null,
      { address: '::1' },
      { address: '999.1.1.1' },
      { address: '127.0.0.1', expires: 'x' },
    ]) {
      const memory = new Map<string, unknown>([['dhcp4 02:00:00:00:00:64', value]]);
      const { machine } = network({ memory });
      machine.pass(30);
      expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
    }
  });

  it('gives the address back at the end, also when the server has to be found first', async () => {
    const { lan, server, machine } = network();
    machine.pass(60);
    const ended = machine.host.shutdown();
    for (let step = 0; step < 20; step++) {
      await Promise.resolve();
      lan.pass(10);
    }
    await ended;
    expect(server.heard.at(-1)).toBe('release 192.0.2.10');
    expect(machine.addresses()).toEqual([]);
  });

  it('ends in time when the server is gone', async () => {
    const { lan, node, machine } = network();
    machine.pass(60);
    node.port.plugged = false;
    const start = lan.clock.now;
    let ended = 0;
    const end = machine.host.shutdown().then(() => {
      ended = lan.clock.now;
    });
    for (let step = 0; step < 200; step++) {
      await Promise.resolve();
      lan.pass(10);
    }
    await end;
    expect(ended - start).toBeLessThan(1000);
  });
});

describe('settings', () => {
  const fixed = { method: 'static', address: '192.0.2.77/24', gateway: '192.0.2.254' } as const;

  it('name an address and a router', () => {
    const { server, machine } = network({ settings: { ipv4: fixed, ipv6: { method: 'off' } } });
    machine.pass(30);
    expect(machine.addresses()).toEqual(['192.0.2.77/24 static preferred']);
    expect(machine.routers()).toEqual(['192.0.2.254 eth0']);
    expect(server.heard).toEqual([]);
  });

  it('change from DHCP to an address and back, and the lease is given back', () => {
    const { server, machine } = network();
    machine.pass(30);
    machine.settings = { ipv4: fixed, ipv6: { method: 'off' } };
    machine.pass(30);
    expect(machine.addresses()).toEqual(['192.0.2.77/24 static preferred']);
    expect(machine.routers()).toEqual(['192.0.2.254 eth0']);
    expect(machine.nameServers()).toEqual([]);
    expect(server.heard.at(-1)).toBe('release 192.0.2.10');
    machine.settings = { ipv4: { method: 'dhcp' }, ipv6: { method: 'off' } };
    machine.pass(30);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
    expect(machine.routers()).toEqual(['192.0.2.1 eth0']);
  });

  it('of one interface do not disturb another', () => {
    const lan = new Lan();
    new Dhcp4Server(lan.node(['192.0.2.1/24']), terms);
    lan.pass(10_000);
    const machine = new Machine(lan, { lans: [lan, lan], settings: { ipv6: { method: 'off' } } });
    machine.pass(30);
    expect(machine.addresses('global', 'eth1')).toEqual(['192.0.2.11/24 dhcp preferred']);
    const socket = machine.host.tcp.listen({ address: at('192.0.2.11'), port: 80 });
    const eth0 = { ...defaultInterface, ipv4: fixed, ipv6: { method: 'off' } } as const;
    const { interfaces, ...others } = netOf({ ipv6: { method: 'off' } }, {});
    machine.host.configure({ ...others, interfaces: { ...interfaces, eth0 } }, 'box');
    expect(machine.addresses('global', 'eth1')).toEqual(['192.0.2.11/24 dhcp preferred']);
    machine.pass(30);
    expect(machine.addresses()).toEqual(['192.0.2.77/24 static preferred']);
    expect(machine.addresses('global', 'eth1')).toEqual(['192.0.2.11/24 dhcp preferred']);
    expect(machine.host.sockets()).toContainEqual(expect.objectContaining({ local: '192.0.2.11:80', state: 'listen' }));
    socket.close();
  });

  it('that turn IPv4 off leave nothing of it', () => {
    const { machine } = network();
    machine.pass(30);
    machine.settings = { ipv4: { method: 'off' }, ipv6: { method: 'off' } };
    machine.pass(30);
    expect(machine.addresses()).toEqual([]);
    expect(machine.host.status().routes).toEqual([]);
    expect(machine.host.sockets()).toEqual([]);
  });

  it('an address of theirs that somebody has is not used, and tried again', () => {
    const { other, machine } = network({ settings: { ipv4: fixed, ipv6: { method: 'off' } } }, {}, '192.0.2.77/24');
    machine.pass(30);
    expect(machine.addresses()).toEqual(['192.0.2.77/24 static duplicate']);
    machine.pass(600);
    expect(machine.addresses()).toEqual(['192.0.2.77/24 static duplicate']);
    expect(machine.log).toHaveLength(1);
    if (other !== undefined) other.port.plugged = false;
    machine.pass(120);
    expect(machine.addresses()).toEqual(['192.0.2.77/24 static preferred']);
  });
});

describe('a link-local address (RFC 3927)', () => {
  it('is not fought for with somebody who wants them all', () => {
    const { lan, server, machine } = network();
    server.enabled = false;
    let probes = 0;
    const observer = lan.wire.observer;
    lan.wire.observer = (frame, from, when) => {
      observer?.(frame, from, when);
      if (from !== 'eth0' || etherType(frame, 0, frame.length) !== etherTypes.arp) return;
      const message = parseArp(frame, 14, frame.length);
      if (message === undefined) return;
      probes += 1;
      const host = machine.port;
      const claim = frame.slice();
      claim.set([2, 0, 0, 0, 0, 0x66], 22);
      claim.set(frame.subarray(38, 42), 28);
      claim.set([0, 2], 20);
      host.deliver(claim, { checksum: 'unknown', segmentSize: 0 });
    };
    machine.pass(600);
    expect(probes).toBeLessThan(30);
    expect(probes).toBeGreaterThan(10);
  });

  it('is the same one every time', () => {
    const addresses = [1, 2].map(() => {
      const { server, machine } = network();
      server.enabled = false;
      machine.pass(60);
      return machine.addresses()[0];
    });
    expect(addresses[0]).toBe(addresses[1]);
  });
});

it('one network, two interfaces: both have addresses, the first is preferred', () => {
  const lan = new Lan();
  new Dhcp4Server(lan.node(['192.0.2.1/24']), terms);
  lan.pass(10_000);
  const machine = new Machine(lan, { lans: [lan, lan], settings: { ipv6: { method: 'off' } } });
  machine.pass(30);
  expect(machine.addresses('global', 'eth0')).toEqual(['192.0.2.10/24 dhcp preferred']);
  expect(machine.addresses('global', 'eth1')).toEqual(['192.0.2.11/24 dhcp preferred']);
  expect(machine.routers()).toEqual(['192.0.2.1 eth0', '192.0.2.1 eth1']);
  machine.host.removeLink('eth0');
  expect(machine.routers()).toEqual(['192.0.2.1 eth1']);
});
