import { describe, expect, it } from 'vitest';
import { at, Lan } from '../stack/fixture/lan.ts';
import { addressBytes, formatAddress, readIpv6 } from '../wire/address.ts';
import { put16 } from '../wire/bytes.ts';
import { checksum, pseudoHeader, sum } from '../wire/checksum.ts';
import { Dhcp6Server } from './fixture/dhcp6-server.ts';
import { Machine, type MachineOptions } from './fixture/machine.ts';
import { type Announcement, Router } from './fixture/router.ts';

const prefix = { prefix: '2001:db8:1::' };
const only6 = { ipv4: { method: 'off' } } as const;

/** A network with a router, maybe somebody with an address of his own, and a machine. */
function network(
  announcement: Announcement = { prefixes: [prefix], nameServers: ['2001:db8::53'] },
  options: MachineOptions = {},
  neighbour?: string,
) {
  const lan = new Lan();
  const router = new Router(lan, announcement);
  if (neighbour !== undefined) lan.node([neighbour]);
  lan.pass(10_000);
  const machine = new Machine(lan, { settings: only6, ...options });
  return { lan, router, machine };
}

/** With the checksum that its ICMP message should have. */
function resealed(frame: Uint8Array): Uint8Array {
  put16(frame, 56, 0);
  const pseudo = pseudoHeader(readIpv6(frame, 22), readIpv6(frame, 38), 58, frame.length - 54);
  put16(frame, 56, checksum(sum(frame, 54, frame.length, pseudo)));
  return frame;
}

const under = (start: string, end: string) => expect.stringMatching(new RegExp(`^${start}[0-9a-f:]+${end}$`));

describe('a machine whose IPv6 addresses come by advertisement', () => {
  it('has address, route and name server at once', () => {
    const { machine, router } = network();
    machine.pass(0.1);
    expect(machine.addresses()).toEqual([under('2001:db8:1:', '/64 slaac tentative')]);
    expect(machine.routers()).toEqual(['fe80::1 eth0']);
    expect(machine.nameServers()).toEqual(['2001:db8::53']);
    machine.pass(10);
    expect(machine.addresses()).toEqual([under('2001:db8:1:', '/64 slaac preferred')]);
    expect(machine.addresses(6)[0]).toEqual(under('fe80:', '/64 link-local preferred'));
    expect(router.solicitations).toBe(1);
  });

  it('sends from it, and not from its link-local address, to the world', () => {
    const { lan, machine } = network();
    machine.pass(10);
    const session = machine.host.echo(at('2001:db8:ffff::1'));
    lan.frames.length = 0;
    session.send(1, 8);
    machine.pass(1);
    const echo = lan.frames.find(({ frame }) => frame[20] === 58 && frame[54] === 128);
    expect(Buffer.from(echo?.frame.subarray(22, 28) ?? []).toString('hex')).toBe('20010db80001');
  });

  it('has the same address after a restart, and another one in another network: RFC 7217', () => {
    const { lan, machine, router } = network();
    machine.pass(10);
    const [before] = machine.addresses();
    machine.kill();
    const again = new Machine(lan, { settings: only6, memory: machine.memory });
    again.pass(10);
    expect(again.addresses()).toEqual([before]);
    again.kill();
    router.announcement = { prefixes: [{ prefix: '2001:db8:2::' }] };
    const elsewhere = new Machine(lan, { settings: only6, memory: machine.memory });
    elsewhere.pass(10);
    const [other] = elsewhere.addresses();
    expect(other?.split('/')[0]?.slice(-10)).not.toBe(before?.split('/')[0]?.slice(-10));
    elsewhere.kill();
    // Another machine has another secret, with the same Ethernet address too.
    const stranger = new Machine(lan, { settings: only6 });
    stranger.pass(10);
    expect(stranger.addresses()).not.toEqual([other]);
  });

  it('tries another identifier when somebody has the address', () => {
    const first = network();
    first.machine.pass(10);
    const wanted = first.machine.addresses()[0]?.split('/')[0] as string;
    const memory = first.machine.memory;
    const lan = new Lan();
    new Router(lan, { prefixes: [prefix] });
    lan.node([`${wanted}/64`]);
    lan.pass(10_000);
    const machine = new Machine(lan, { settings: only6, memory });
    machine.pass(30);
    expect(machine.addresses()).toEqual([under('2001:db8:1:', '/64 slaac preferred')]);
    expect(machine.addresses()[0]).not.toContain(wanted);
    expect(machine.log).toEqual([expect.stringMatching(new RegExp(`${wanted} is used by .* too`))]);
  });

  it('gives up after a few when somebody has them all', () => {
    const lan = new Lan();
    new Router(lan, { prefixes: [prefix] });
    const observer = lan.wire.observer;
    lan.wire.observer = (frame, from, when) => {
      observer?.(frame, from, when);
      // Every probe is answered by one of somebody else for the same address.
      const probe = frame[20] === 58 && frame[54] === 135 && frame.subarray(22, 38).every((byte) => byte === 0);
      if (from !== 'eth0' || !probe) return;
      const other = frame.slice();
      other.set([2, 0, 0, 0, 0, 1], 6);
      // Without its nonce.
      const bare = other.slice(0, 78);
      bare.set([0, 24], 18);
      const late = () => machine.port.deliver(resealed(bare), { checksum: 'unknown', segmentSize: 0 });
      lan.clock.timer(late).setIn(1);
    };
    const machine = new Machine(lan, { settings: only6 });
    machine.pass(60);
    expect(machine.addresses(6).filter((each) => !each.endsWith('duplicate'))).toEqual([]);
    expect(machine.log.length).toBeLessThan(12);
  });

  it('has temporary addresses if it is told to, and uses them', () => {
    const { lan, machine } = network(undefined, { settings: { ...only6, ipv6: { method: 'auto', temporary: true } } });
    machine.pass(10);
    expect(machine.addresses()).toHaveLength(2);
    const [stable] = machine.addresses();
    const session = machine.host.echo(at('2001:db8:ffff::1'));
    lan.frames.length = 0;
    session.send(1, 8);
    machine.pass(1);
    const echo = lan.frames.find(({ frame }) => frame[20] === 58 && frame[54] === 128);
    expect(echo?.frame.slice(22, 38)).not.toEqual(addressBytes(at(stable?.split('/')[0] as string)));
  });

  it('temporary addresses live as long as routers advertise the prefix, and are replaced after a day', () => {
    const { lan, router, machine } = network(
      { prefixes: [{ ...prefix, validFor: 1800, preferredFor: 900 }] },
      { settings: { ...only6, ipv6: { method: 'auto', temporary: true } } },
    );
    machine.pass(10);
    const first = machine.addresses()[1] as string;
    const days: string[][] = [];
    for (let hour = 0; hour < 48; hour++) {
      for (let tenth = 0; tenth < 6; tenth++) {
        router.announce();
        lan.pass(600_000);
      }
      days.push(machine.addresses());
    }
    expect(days[12]).toContain(first);
    expect(days[40]?.some((each) => each === first)).toBe(false);
    expect(days[40]?.filter((each) => each.endsWith('preferred'))).toHaveLength(2);
    for (const each of days) expect(each.length).toBeLessThanOrEqual(10);
  });

  it('lets go of what is not advertised any more', () => {
    const { machine, router } = network({
      prefixes: [{ ...prefix, validFor: 20_000, preferredFor: 100 }],
      nameServers: ['2001:db8::53'],
      dnsLifetime: 300,
      lifetime: 600,
    });
    machine.pass(90);
    router.enabled = false;
    machine.pass(20);
    expect(machine.addresses()).toEqual([under('2001:db8:1:', '/64 slaac deprecated')]);
    machine.pass(200);
    expect(machine.nameServers()).toEqual([]);
    expect(machine.routers()).toEqual(['fe80::1 eth0']);
    machine.pass(300);
    expect(machine.routers()).toEqual([]);
    machine.pass(20_000);
    expect(machine.addresses()).toEqual([]);
    expect(machine.host.status().routes.map(({ destination }) => destination)).toEqual(['fe80::/64']);
  });

  it('an address whose prefix is deprecated by its router is deprecated at once', () => {
    const { machine, router } = network();
    machine.pass(10);
    router.announce({ prefixes: [{ ...prefix, preferredFor: 0 }] });
    machine.pass(1);
    expect(machine.addresses()).toEqual([under('2001:db8:1:', '/64 slaac deprecated')]);
    router.announce();
    machine.pass(1);
    expect(machine.addresses()).toEqual([under('2001:db8:1:', '/64 slaac preferred')]);
  });

  it('asks again and again while there is no router, more and more seldom', () => {
    const { lan, router, machine } = network();
    router.enabled = false;
    machine.kill();
    const before = router.solicitations;
    const other = new Machine(lan, { settings: only6, number: 120 });
    other.pass(86_400);
    expect(router.solicitations - before).toBeGreaterThan(10);
    expect(router.solicitations - before).toBeLessThan(60);
    router.enabled = true;
    other.pass(4000);
    expect(other.routers()).toEqual(['fe80::1 eth0']);
  });

  it('in another network what is known of the first is not used any more', () => {
    const { lan, router, machine } = network();
    machine.pass(30);
    const [old] = machine.addresses();
    machine.port.plugged = false;
    router.announcement = { prefixes: [{ prefix: '2001:db8:2::' }], nameServers: ['2001:db8:2::53'] };
    machine.pass(30);
    machine.port.plugged = true;
    machine.pass(0.2);
    const session = machine.host.echo(at('2001:db8:ffff::1'));
    lan.frames.length = 0;
    session.send(1, 8);
    machine.pass(5);
    const echo = lan.frames.find(({ frame }) => frame[20] === 58 && frame[54] === 128);
    expect(Buffer.from(echo?.frame.subarray(22, 28) ?? []).toString('hex')).toBe('20010db80002');
    expect(machine.nameServers()).toEqual(['2001:db8:2::53']);
    expect(machine.addresses()).toEqual([
      old?.replace('preferred', 'deprecated'),
      under('2001:db8:2:', '/64 slaac preferred'),
    ]);
    machine.pass(7200);
    expect(machine.addresses()).toEqual([under('2001:db8:2:', '/64 slaac preferred')]);
  });

  it('in the same network the address is as good as before', () => {
    const { machine } = network();
    machine.pass(30);
    const before = machine.addresses();
    machine.port.plugged = false;
    machine.pass(5);
    machine.port.plugged = true;
    machine.pass(5);
    expect(machine.addresses()).toEqual(before);
    expect(machine.nameServers()).toEqual(['2001:db8::53']);
  });

  it('prefers the router that says so, and uses the other one when it does not answer', () => {
    const { lan, machine } = network({ prefixes: [prefix], preference: -1 });
    const second = new Router(lan, { prefixes: [prefix], preference: 1 }, 'fe80::2');
    lan.pass(2000);
    second.announce();
    machine.pass(10);
    expect(machine.routers()).toEqual(['fe80::2 eth0', 'fe80::1 eth0']);
    second.node.port.plugged = false;
    const session = machine.host.echo(at('2001:db8:ffff::1'));
    for (let sequence = 0; sequence < 20; sequence++) {
      lan.frames.length = 0;
      session.send(sequence, 8);
      machine.pass(1);
    }
    const echo = lan.frames.find(({ frame }) => frame[20] === 58 && frame[54] === 128);
    expect(Buffer.from(echo?.frame.subarray(0, 6) ?? []).toString('hex')).toBe('020000000001');
  });
});

describe('DHCPv6', () => {
  const terms = { prefix: '2001:db8:6::', nameServer: '2001:db8:6::53' };

  it('gives addresses when routers say that they are managed', () => {
    const { router, machine } = network({ managed: true });
    const server = new Dhcp6Server(router.node, terms);
    machine.pass(30);
    expect(machine.addresses()).toEqual(['2001:db8:6::10/128 dhcp preferred']);
    expect(machine.nameServers()).toEqual(['2001:db8:6::53']);
    machine.pass(86_400);
    expect(machine.addresses()).toEqual(['2001:db8:6::10/128 dhcp preferred']);
    expect(server.heard).toContain('renew');
    expect(machine.log).toEqual([]);
  });

  it('gives only information when routers say so', () => {
    const { router, machine } = network({ other: true, prefixes: [prefix] });
    const server = new Dhcp6Server(router.node, terms);
    machine.pass(30);
    expect(server.heard).toEqual(['informationRequest']);
    expect(machine.nameServers()).toEqual(['2001:db8:6::53']);
    expect(machine.addresses()).toHaveLength(1);
  });

  it('is asked for another address when somebody has it', () => {
    const { router, machine } = network({ managed: true }, {}, '2001:db8:6::10/64');
    const server = new Dhcp6Server(router.node, terms);
    machine.pass(60);
    expect(server.heard).toContain('decline');
    expect(machine.addresses()).toEqual(['2001:db8:6::11/128 dhcp preferred']);
  });

  it('gets its address back at the end', async () => {
    const { router, machine } = network({ managed: true });
    const server = new Dhcp6Server(router.node, terms);
    machine.pass(30);
    const ended = machine.host.shutdown();
    machine.pass(1);
    await ended;
    expect(server.heard.at(-1)).toBe('release');
    expect(machine.addresses(6)).toEqual([]);
    machine.pass(600);
    expect(server.heard.filter((each) => each === 'release')).toHaveLength(1);
  });

  it('ends where routers do not speak of it', () => {
    const { router, machine } = network({ managed: true });
    const server = new Dhcp6Server(router.node, terms);
    machine.pass(30);
    machine.port.plugged = false;
    router.announcement = { prefixes: [prefix] };
    machine.pass(30);
    server.heard.length = 0;
    machine.port.plugged = true;
    machine.pass(4000);
    expect(machine.addresses()).toEqual([under('2001:db8:1:', '/64 slaac preferred')]);
    expect(machine.nameServers()).toEqual([]);
    expect(server.heard.filter((each) => each !== 'confirm')).toEqual([]);
  });
});

describe('settings', () => {
  it('name an address and a router beside the link-local address', () => {
    const { machine } = network(undefined, {
      settings: { ...only6, ipv6: { method: 'static', address: '2001:db8:9::7/64', gateway: 'fe80::1' } },
    });
    machine.pass(30);
    expect(machine.addresses()).toEqual(['2001:db8:9::7/64 static preferred']);
    expect(machine.addresses(6)).toHaveLength(2);
    expect(machine.routers()).toEqual(['fe80::1 eth0']);
    machine.settings = { ...only6, ipv6: { method: 'auto', temporary: false } };
    machine.pass(30);
    expect(machine.addresses()).toEqual([under('2001:db8:1:', '/64 slaac preferred')]);
    machine.settings = { ...only6, ipv6: { method: 'off' } };
    machine.pass(30);
    expect(machine.addresses(6)).toEqual([]);
    expect(machine.host.status().routes).toEqual([]);
  });
});

it('loopback addresses are the machine itself, and never leave it', () => {
  const { lan, machine } = network();
  machine.pass(10);
  const { tcp, udp } = machine.host;
  lan.frames.length = 0;
  for (const text of ['127.0.0.1', '::1']) {
    const address = at(text);
    const got: string[] = [];
    const server = udp.open({ address, port: 7000 });
    server.onDatagram = ({ remote }) => got.push(formatAddress(remote.address));
    udp.open().send(Uint8Array.of(1), { address, port: 7000 });
    let accepted = false;
    const listener = tcp.listen({ address, port: 8000 });
    listener.onConnection = (connection) => {
      accepted = true;
      connection.events = {};
    };
    tcp.connect({ address, port: 8000 });
    machine.pass(1);
    expect(got).toEqual([text]);
    expect(accepted).toBe(true);
    // From there nobody else can be reached.
    expect(udp.open({ address }).send(Uint8Array.of(1), { address: at('2001:db8::1'), port: 9 })).toBe(false);
  }
  expect(lan.frames).toEqual([]);
});
