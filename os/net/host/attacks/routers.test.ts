import { describe, expect, it } from 'vitest';
import { bytesOf, icmpBytes, packetFrame } from '../../stack/fixture/frames.ts';
import { at } from '../../stack/fixture/lan.ts';
import { type Address, allNodes } from '../../wire/address.ts';
import { icmp6 } from '../../wire/icmp.ts';
import { multicastMac } from '../../wire/mac.ts';
import { Attack, groupMac } from '../fixture/attack.ts';
import { type Announcement, advertisementOf, icmp6Frame } from '../fixture/router.ts';

/** An advertisement that somebody forges. */
function advertise(
  attack: Attack,
  announcement: Announcement,
  how: { source?: string; hopLimit?: number; code?: number } = {},
) {
  const { source = 'fe80::66', hopLimit = 255, code = 0 } = how;
  const { rest, body } = advertisementOf(announcement, attack.forger);
  const type = icmp6.routerAdvertisement;
  const [from, to] = [attack.forger, multicastMac(allNodes)];
  return attack.inject(
    icmp6Frame({ from, to, source: at(source), destination: allNodes, type, code, rest, body, hopLimit }),
    1,
  );
}

const evil = { prefixes: [{ prefix: '2001:db8:bad::' }], nameServers: ['2001:db8:bad::53'] };
const stateOf = ({ machine }: Attack) =>
  JSON.stringify([
    machine.host.status().routes.map(({ destination, gateway }) => [destination, gateway]),
    machine.addresses(6),
    machine.nameServers(),
  ]);

describe('advertisements that are forged', () => {
  it.each<[string, Parameters<typeof advertise>[2]]>([
    ['from beyond a router', { hopLimit: 254 }],
    ['from a global address', { source: '2001:db8:1::66' }],
    ['from nobody', { source: '::' }],
    ['with a code', { code: 1 }],
  ])('%s are not believed: RFC 4861, section 6.1.2', (_, how) => {
    const attack = new Attack();
    const before = stateOf(attack);
    advertise(attack, evil, how);
    expect(stateOf(attack)).toBe(before);
    advertise(attack, evil);
    expect(stateOf(attack)).not.toBe(before);
  });

  it('cannot take an address away from one moment to the next: RFC 4862, section 5.5.3 (e)', () => {
    const attack = new Attack();
    const lifetime = () => {
      const { addresses } = attack.machine.host.status().interfaces[0] ?? { addresses: [] };
      return addresses.find(({ origin }) => origin === 'slaac')?.validFor ?? 0;
    };
    expect(lifetime()).toBeGreaterThan(80_000);
    advertise(attack, { prefixes: [{ validFor: 0, preferredFor: 0 }] });
    expect(lifetime()).toBe(7200);
    advertise(attack, { prefixes: [{ validFor: 1, preferredFor: 0 }] });
    expect(lifetime()).toBe(7200);
    attack.lan.pass(3_600_000);
    advertise(attack, { prefixes: [{ validFor: 60, preferredFor: 0 }] });
    expect(lifetime()).toBe(3600);
    advertise(attack, { prefixes: [{ validFor: 5000, preferredFor: 5000 }] });
    expect(lifetime()).toBe(5000);
    // The honest router repairs all of it.
    attack.router.announce();
    attack.lan.pass(10);
    expect(lifetime()).toBe(86_400);
  });

  it('of thousands of prefixes, routes, routers and servers are bounded, and the honest router goes on', async () => {
    const attack = new Attack();
    for (let index = 0; index < 3000; index++) {
      const hex = index.toString(16);
      const prefix = at(`2001:db8:${hex}::`);
      const routes = [{ prefix, length: 48, preference: 1, lifetime: 0xffff } as const];
      const announcement = {
        prefixes: [{ prefix: `2001:db8:${hex}::` }],
        routes,
        nameServers: [`2001:db8::${hex}`],
        dnsLifetime: 0xffffffff,
      };
      advertise(attack, announcement, { source: `fe80::bad:${hex}` });
    }
    const { routes, interfaces, nameServers, neighbours } = attack.machine.host.status();
    expect(routes.length).toBeLessThan(120);
    expect(interfaces[0]?.addresses.length).toBeLessThanOrEqual(20);
    expect(nameServers.length).toBeLessThanOrEqual(8);
    expect(neighbours.length).toBeLessThanOrEqual(2048);
    // For hours, while the attack goes on.
    for (let round = 0; round < 20; round++) {
      attack.router.announce();
      attack.lan.pass(600_000);
      for (let index = 0; index < 100; index++)
        advertise(attack, { ...evil, preference: -1 }, { source: `fe80::bad:${index}` });
    }
    expect(attack.machine.routers()).toContain('fe80::1 eth0');
    expect(attack.machine.addresses().join(' ')).toMatch(/2001:db8:1:\S+ slaac preferred/);
    expect(await attack.alive()).toBe(true);
  });

  it('do not keep packets from getting far: CVE-2015-2922', () => {
    const attack = new Attack();
    for (const hopLimit of [1, 5, 32, 63]) advertise(attack, { hopLimit });
    const echo = { protocol: 58, payload: icmpBytes(128, 0, 1), checksumAt: 2 };
    expect(attack.forge(echo, 6)[0]?.hopLimit).toBe(64);
    advertise(attack, { hopLimit: 128 });
    expect(attack.forge(echo, 6)[0]?.hopLimit).toBe(128);
    // They say nothing about IPv4.
    expect(attack.forge({ protocol: 1, payload: icmpBytes(8, 0, 1), checksumAt: 2 })[0]?.hopLimit).toBe(64);
  });

  it('do not make packets smaller than IPv6 allows, nor longer than the link', () => {
    const attack = new Attack();
    const longest = () => {
      attack.lan.frames.length = 0;
      attack.machine.host.udp.open().send(new Uint8Array(4000), { address: attack.router6, port: 9 });
      attack.lan.pass(2000);
      return Math.max(...attack.lan.frames.filter(({ from }) => from === 'eth0').map(({ frame }) => frame.length - 14));
    };
    for (const mtu of [0, 68, 1279, 9000, 0xffffffff]) advertise(attack, { mtu });
    expect(longest()).toBeGreaterThan(1490);
    advertise(attack, { mtu: 1280 });
    expect(longest()).toBeGreaterThan(1270);
    expect(longest()).toBeLessThanOrEqual(1280);
  });

  it('do not stop, or hurry, the search for neighbours', () => {
    const attack = new Attack();
    advertise(attack, { retransmitTime: 0xffffffff, reachableTime: 0xffffffff });
    const session = attack.machine.host.echo(at('2001:db8:1::404'));
    const replies: unknown[] = [];
    session.onReply = (reply) => replies.push(reply);
    session.send(1, 8);
    attack.lan.pass(31_000);
    expect(replies).toHaveLength(1);
    attack.lan.pass(5000);
    advertise(attack, { retransmitTime: 1, reachableTime: 1 });
    attack.lan.frames.length = 0;
    session.send(2, 8);
    attack.lan.pass(50);
    expect(attack.lan.frames.filter(({ from }) => from === 'eth0')).toHaveLength(1);
  });

  it('cannot name name servers that are none', () => {
    const attack = new Attack();
    advertise(attack, { nameServers: ['ff02::1', '::', '::1', '::ffff:192.0.2.1'] });
    expect(attack.machine.nameServers()).toEqual([]);
  });

  it('cannot make the world a neighbour', () => {
    const attack = new Attack();
    const before = attack.machine.host.status().routes.length;
    const zero = { validFor: 1000, preferredFor: 1000 };
    advertise(attack, {
      lifetime: 0,
      prefixes: [
        { prefix: '::', length: 0, ...zero },
        { prefix: 'ff00::', length: 8, ...zero },
        { prefix: 'fe80::', ...zero },
      ],
    });
    expect(attack.machine.host.status().routes.length).toBe(before);
  });
});

describe('redirects', () => {
  const destination = at('2001:db8:ffff::1');
  const redirect = (attack: Attack, source: string, target: Address, how: { hopLimit?: number } = {}) => {
    const body = Uint8Array.from([...bytesOf(target), ...bytesOf(destination), 2, 1, 2, 0, 0, 0, 0, 0x66]);
    const common = { from: attack.forger, to: attack.machine.port.mac, destination: attack.own6 };
    attack.inject(icmp6Frame({ ...common, source: at(source), type: icmp6.redirect, body, ...how }));
  };
  const redirected = ({ machine }: Attack) =>
    machine.host.status().routes.filter(({ origin }) => origin === 'redirect');

  it('are believed of the router that is used, and of no other: RFC 4861, section 8.1', () => {
    const attack = new Attack();
    attack.router.announce();
    attack.lan.pass(10);
    redirect(attack, 'fe80::66', at('fe80::66'));
    redirect(attack, '2001:db8:1::1', at('fe80::66'));
    redirect(attack, 'fe80::1', at('fe80::66'), { hopLimit: 254 });
    redirect(attack, 'fe80::1', at('2001:db8:1::66'));
    expect(redirected(attack)).toEqual([]);
    redirect(attack, 'fe80::1', at('fe80::66'));
    expect(redirected(attack)).toMatchObject([{ destination: '2001:db8:ffff::1/128', gateway: 'fe80::66' }]);
    // From now on the other one is the router for this destination.
    redirect(attack, 'fe80::1', at('fe80::67'));
    expect(redirected(attack)).toMatchObject([{ gateway: 'fe80::66' }]);
    redirect(attack, 'fe80::66', at('fe80::67'));
    expect(redirected(attack)).toMatchObject([{ gateway: 'fe80::67' }]);
  });

  it('to somebody who is not there end when that is found', () => {
    const attack = new Attack();
    attack.router.announce();
    attack.lan.pass(10);
    redirect(attack, 'fe80::1', at('fe80::66'));
    const socket = attack.machine.host.udp.open();
    for (let second = 0; second < 15; second++) {
      socket.send(Uint8Array.of(1), { address: destination, port: 9 });
      attack.lan.pass(1000);
    }
    expect(redirected(attack)).toEqual([]);
    attack.lan.frames.length = 0;
    socket.send(Uint8Array.of(1), { address: destination, port: 9 });
    attack.lan.pass(100);
    expect(attack.lan.frames.find(({ from }) => from === 'eth0')?.frame.slice(0, 6)).toEqual(
      Uint8Array.of(2, 0, 0, 0, 0, 1),
    );
  });

  it('of IPv4 are not believed of anybody', () => {
    const attack = new Attack();
    const before = stateOf(attack);
    const body = [...bytesOf(attack.own4), ...bytesOf(at('198.51.100.1'))];
    attack.forge({ protocol: 1, source: attack.router4, payload: icmpBytes(5, 1, 0xc0000263, body), checksumAt: 2 });
    expect(stateOf(attack)).toBe(before);
  });
});

describe('questions for group members', () => {
  const query = (attack: Attack, source: string, hopLimit: number, delay = 1000) => {
    const body = new Uint8Array(20);
    const frame = packetFrame({
      to: groupMac('ff02::1'),
      from: attack.forger,
      source: at(source),
      destination: allNodes,
      hopLimit,
      protocol: 58,
      payload: icmpBytes(130, 0, delay * 65_536, body),
      checksumAt: 2,
    });
    return frame;
  };
  const reports = (frames: readonly Uint8Array[]) => frames.filter((frame) => frame[20] === 0 && frame[62] === 143);

  it('are answered once for each group, after a while: RFC 3810, section 6.2', () => {
    const attack = new Attack();
    const frames = attack.inject(new Array(50).fill(query(attack, 'fe80::1', 1)), 2000);
    const groups = reports(frames).map((frame) => Buffer.from(frame.subarray(74, 90)).toString('hex'));
    expect(groups.length).toBeGreaterThan(0);
    expect(new Set(groups).size).toBe(groups.length);
    // As section 5.2 has it: type 143, one record, mode is exclude, no sources, to all routers that speak MLDv2.
    const [report] = reports(frames);
    expect(Buffer.from(report?.subarray(62, 74) ?? []).toString('hex')).toMatch(/^8f00....0000000102000000$/);
    expect(Buffer.from(report?.subarray(38, 62) ?? []).toString('hex')).toBe(
      `ff020000000000000000000000000016${'3a00050200000100'}`,
    );
    expect(report?.[21]).toBe(1);
  });

  it('from beyond the link are not', () => {
    const attack = new Attack();
    const frames = [query(attack, 'fe80::1', 64), query(attack, '2001:db8:ffff::1', 1), query(attack, '::', 1)];
    expect(reports(attack.inject(frames, 20_000))).toEqual([]);
  });
});
