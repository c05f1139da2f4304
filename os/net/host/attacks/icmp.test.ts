import { describe, expect, it } from 'vitest';
import { fragmentOf6, icmpBytes, quoted, tcpBytes, udpBytes } from '../../stack/fixture/frames.ts';
import { at, macOf } from '../../stack/fixture/lan.ts';
import { put16, u16 } from '../../wire/bytes.ts';
import { checksum, sum } from '../../wire/checksum.ts';
import { broadcastMac } from '../../wire/mac.ts';
import { Attack, groupMac, words } from '../fixture/attack.ts';

const closed = { protocol: 17, payload: udpBytes(1234, 9), checksumAt: 6 };
const echo4 = { protocol: 1, payload: icmpBytes(8, 0, 0x00010001, [1, 2, 3]), checksumAt: 2 };
const echo6 = { protocol: 58, payload: icmpBytes(128, 0, 0x00010001, [1, 2, 3]), checksumAt: 2 };

describe('what is answered by an error', () => {
  it('datagrams for a closed port, with what was sent', () => {
    const attack = new Attack();
    const [error4] = attack.forge(closed);
    expect(error4 && words(error4)).toBe('1 3/3 to 198.51.100.66');
    expect(error4?.payload.subarray(8)).toEqual(quoted(attack.frame(closed)));
    const [error6] = attack.forge(closed, 6);
    expect(error6 && words(error6)).toBe('58 1/4 to 2001:db8:ffff::66');
    expect(error6?.payload.subarray(8)).toEqual(quoted(attack.frame(closed, 6)));
  });

  it('protocols that are not there, pointing at what names them', () => {
    const attack = new Attack();
    expect(attack.forge({ protocol: 132, payload: [1, 2, 3, 4] }).map(words)).toEqual(['1 3/2 to 198.51.100.66']);
    const [plain] = attack.forge({ protocol: 132, payload: [1, 2, 3, 4] }, 6);
    expect(plain && [words(plain), plain.payload[7]]).toEqual(['58 4/1 to 2001:db8:ffff::66', 6]);
    const [behind] = attack.forge({ protocol: 60, payload: [132, 0, 1, 4, 0, 0, 0, 0, 9, 9] }, 6);
    expect(behind && [words(behind), behind.payload[7]]).toEqual(['58 4/1 to 2001:db8:ffff::66', 40]);
  });

  it('is never longer than every link carries', () => {
    const attack = new Attack();
    const long = { ...closed, payload: udpBytes(1234, 9, new Array(1400).fill(7)) };
    expect(attack.forge(long)[0]?.payload.length).toBe(576 - 20);
    expect(attack.forge(long, 6)[0]?.payload.length).toBe(1280 - 40);
  });

  it('is not more than some a second, whoever asks', () => {
    const attack = new Attack();
    for (const family of [4, 6] as const) {
      attack.lan.pass(10_000);
      const frames = Array.from({ length: 2000 }, (_, index) =>
        attack.frame({ ...closed, payload: udpBytes(index + 1, 9) }, family),
      );
      expect(attack.inject(frames, 100).length).toBeLessThanOrEqual(62);
    }
    expect(attack.machine.host.status().counters['icmp']?.['rateLimited']).toBeGreaterThan(3800);
  });
});

describe('what must not be answered by an error: RFC 1122, section 3.2.2; RFC 4443, section 2.4 (e)', () => {
  const to = (destination: string, mac = groupMac(destination)) => ({ destination: at(destination), to: mac });

  it.each<[string, Parameters<Attack['forge']>[0]]>([
    ['a broadcast', { ...closed, ...to('255.255.255.255', broadcastMac) }],
    ['a directed broadcast', { ...closed, ...to('192.0.2.255', broadcastMac) }],
    ['a directed broadcast to the host alone', { ...closed, destination: at('192.0.2.255') }],
    ['a frame to everybody', { ...closed, to: broadcastMac }],
    ['a multicast', { ...closed, ...to('224.0.0.1') }],
    ['what comes from the host itself', { ...closed, source: at('192.0.2.10') }],
    ['what comes from nobody', { ...closed, source: at('0.0.0.0') }],
    ['what comes from no host', { ...closed, source: at('0.0.0.7') }],
    ['what comes from a broadcast', { ...closed, source: at('255.255.255.255') }],
    ['what comes from a directed broadcast', { ...closed, source: at('192.0.2.255') }],
    ['what comes from a group', { ...closed, source: at('224.0.0.9') }],
    ['what comes from a loopback', { ...closed, source: at('127.0.0.1') }],
    ['what is for a loopback', { ...closed, destination: at('127.0.0.1') }],
    ['what is for somebody else', { ...closed, destination: at('192.0.2.77') }],
    ['a wrong checksum', { protocol: 17, payload: udpBytes(1, 9).fill(0xee, 6, 8) }],
    ['an error about nothing', { protocol: 1, payload: icmpBytes(3, 3, 0, new Array(28).fill(0x45)), checksumAt: 2 }],
    ['an unknown kind of ICMP', { protocol: 1, payload: icmpBytes(42, 0, 0), checksumAt: 2 }],
    ['a first fragment', { ...closed, more: true, identification: 7 }],
    ['a later fragment', { ...closed, offset: 8, identification: 8 }],
  ])('IPv4: %s', (_, forged) => {
    expect(new Attack().forge(forged).map(words)).toEqual([]);
  });

  it.each<[string, Parameters<Attack['forge']>[0]]>([
    ['a multicast', { ...closed, ...to('ff02::1') }],
    ['what comes from nobody', { ...closed, source: at('::') }],
    ['what comes from a group', { ...closed, source: at('ff02::1') }],
    ['what comes from a loopback', { ...closed, source: at('::1') }],
    ['what comes from an IPv4 address', { ...closed, source: at('::ffff:192.0.2.1') }],
    ['what is for a loopback', { ...closed, destination: at('::1') }],
    ['what is for somebody else', { ...closed, destination: at('2001:db8:1::77') }],
    ['a datagram without a checksum', { protocol: 17, payload: udpBytes(1, 9) }],
    ['an error about nothing', { protocol: 58, payload: icmpBytes(1, 4, 0, new Array(48).fill(0x60)), checksumAt: 2 }],
    [
      'an error behind an option that is wrong',
      { protocol: 60, payload: [58, 0, 0x9e, 4, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0, 0] },
    ],
    ['no next header', { protocol: 59, payload: [1, 2, 3] }],
    ['a later fragment', { protocol: 44, payload: fragmentOf6(17, 8, false, 3, [1, 2, 3, 4, 5, 6, 7, 8]) }],
  ])('IPv6: %s', (_, forged) => {
    expect(new Attack().forge(forged, 6).map(words)).toEqual([]);
  });

  it('but for options of a multicast that ask for it', () => {
    const payload = [17, 0, 0x9e, 4, 0, 0, 0, 0, ...udpBytes(1, 9)];
    const attack = new Attack();
    expect(attack.forge({ protocol: 60, payload, ...to('ff02::1') }, 6).map(words)).toEqual([
      '58 4/2 to 2001:db8:ffff::66',
    ]);
    const unless = payload.with(2, 0xde);
    expect(attack.forge({ protocol: 60, payload: unless, ...to('ff02::1') }, 6)).toEqual([]);
  });
});

describe('echoes', () => {
  it('are answered to who asks, from the address that was asked', () => {
    const attack = new Attack();
    for (const [family, echo] of [
      [4, echo4],
      [6, echo6],
    ] as const) {
      const [reply] = attack.forge(echo, family);
      expect(reply).toMatchObject({ source: attack.own(family), destination: attack.far(family), hopLimit: 64 });
      expect(reply?.payload.subarray(4)).toEqual(echo.payload.subarray(4));
    }
  });

  it('to everybody are not answered in IPv4: nobody is an amplifier', () => {
    const attack = new Attack();
    expect(attack.forge({ ...echo4, destination: at('192.0.2.255'), to: broadcastMac })).toEqual([]);
    expect(attack.forge({ ...echo4, destination: at('224.0.0.1'), to: groupMac('224.0.0.1') })).toEqual([]);
    expect(attack.forge({ ...echo4, to: broadcastMac })).toEqual([]);
  });

  it('to all nodes are answered once in IPv6, by the router to who is far away', () => {
    const attack = new Attack();
    const all = { ...echo6, destination: at('ff02::1'), to: groupMac('ff02::1') };
    const replies = attack.forge(all, 6);
    expect(replies.map(words)).toEqual(['58 129/0 to 2001:db8:ffff::66']);
    expect(replies[0]?.source).toBe(attack.own6);
    // Nobody on the link was asked for an address that is not there.
    expect(attack.machine.host.status().neighbours.map(({ address }) => address)).not.toContain('2001:db8:ffff::66');
  });

  it('that nobody asked for are nothing', () => {
    const attack = new Attack();
    const session = attack.machine.host.echo(attack.far(4));
    const replies: unknown[] = [];
    session.onReply = (reply) => replies.push(reply);
    session.send(1, 8);
    for (let identifier = 0; identifier < 65_536; identifier += 257) {
      attack.forge({ protocol: 1, payload: icmpBytes(0, 0, identifier * 65_536 + 2), checksumAt: 2 });
    }
    expect(replies).toEqual([]);
  });
});

describe('packets that are tricks', () => {
  it('land: from the host to itself, by both families', () => {
    const attack = new Attack();
    attack.machine.host.tcp.listen({ port: 80 }).onConnection = () => {};
    const syn = { protocol: 6, payload: tcpBytes(80, 80, 1, 0, 2), checksumAt: 16 };
    expect(attack.forge({ ...syn, source: attack.own4 })).toEqual([]);
    expect(attack.forge({ ...syn, source: attack.own6 }, 6)).toEqual([]);
    expect(attack.machine.host.sockets().filter(({ state }) => state !== 'listen' && state !== 'bound')).toEqual([]);
  });

  it('a source route is not followed, and not answered: RFC 7126', () => {
    const attack = new Attack();
    const frame = attack.frame(echo4);
    const routed = new Uint8Array(frame.length + 8);
    routed.set(frame.subarray(0, 34));
    routed.set([131, 7, 4, 198, 51, 100, 1, 0], 34);
    routed.set(frame.subarray(34), 42);
    routed[14] = 0x47;
    put16(routed, 16, routed.length - 14);
    put16(routed, 24, 0);
    put16(routed, 24, checksum(sum(routed, 14, 42)));
    expect(attack.inject(routed)).toEqual([]);
  });

  it('a routing header is refused: RFC 5095', () => {
    const attack = new Attack();
    const payload = [58, 2, 0, 1, 0, 0, 0, 0, ...new Array(16).fill(1), ...echo6.payload];
    const [error] = attack.forge({ protocol: 43, payload }, 6);
    expect(error && [words(error), error.payload[7]]).toEqual(['58 4/0 to 2001:db8:ffff::66', 42]);
  });

  it('a connection by a frame to everybody, or to a group, is none', () => {
    const attack = new Attack();
    attack.machine.host.tcp.listen({ port: 80 }).onConnection = () => {};
    const syn = { protocol: 6, payload: tcpBytes(1024, 80, 1, 0, 2), checksumAt: 16 };
    expect(attack.forge({ ...syn, to: broadcastMac })).toEqual([]);
    expect(attack.forge({ ...syn, destination: at('192.0.2.255'), to: broadcastMac })).toEqual([]);
    expect(attack.forge({ ...syn, destination: at('ff02::1'), to: groupMac('ff02::1') }, 6)).toEqual([]);
    expect(attack.forge(syn)).toHaveLength(1);
  });

  it('what is for another Ethernet address is not looked at', () => {
    const attack = new Attack();
    expect(attack.forge({ ...echo4, to: macOf(0x77) })).toEqual([]);
    expect(u16(attack.frame(echo4), 12)).toBe(0x0800);
  });
});
