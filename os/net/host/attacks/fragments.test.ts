import { describe, expect, it } from 'vitest';
import { fragmentOf6, icmpBytes, packetFrame, tcpBytes, udpBytes } from '../../stack/fixture/frames.ts';
import { at } from '../../stack/fixture/lan.ts';
import { type Address, allNodes } from '../../wire/address.ts';
import { put16 } from '../../wire/bytes.ts';
import { checksum, pseudoHeader, sum } from '../../wire/checksum.ts';
import { Attack, groupMac, words } from '../fixture/attack.ts';
import { advertisementOf } from '../fixture/router.ts';

/** A transport's bytes with their checksum. */
function sealed(bytes: Uint8Array, at_: number, protocol: number, source: Address, destination: Address): number[] {
  const pseudo = protocol === 1 ? 0 : pseudoHeader(source, destination, protocol, bytes.length);
  put16(bytes, at_, 0);
  put16(bytes, at_, checksum(sum(bytes, 0, bytes.length, pseudo)));
  return [...bytes];
}

/** Sends a packet in parts of so many bytes. */
function inParts(
  attack: Attack,
  family: 4 | 6,
  protocol: number,
  bytes: readonly number[],
  size: number,
  identification = 7,
) {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; offset += size) {
    const part = bytes.slice(offset, offset + size);
    const more = offset + size < bytes.length;
    parts.push(
      family === 4
        ? attack.frame({ protocol, payload: part, offset, more, identification })
        : attack.frame({ protocol: 44, payload: fragmentOf6(protocol, offset, more, identification, part) }, 6),
    );
  }
  return parts;
}

const letters = Array.from({ length: 40 }, (_, index) => 65 + (index % 26));

describe('honest fragments', () => {
  it.each([4, 6] as const)('of IPv%i are put together in any order', (family) => {
    const attack = new Attack();
    const got: number[][] = [];
    attack.machine.host.udp.open({ port: 7000 }).onDatagram = ({ payload }) => got.push([...payload]);
    const datagram = sealed(udpBytes(1, 7000, letters), 6, 17, attack.far(family), attack.own(family));
    attack.inject(inParts(attack, family, 17, datagram, 16).toReversed());
    attack.inject(inParts(attack, family, 17, datagram, 24, 8));
    expect(got).toEqual([letters, letters]);
  });

  it('one that is all of the packet is taken by itself: RFC 6946', () => {
    const attack = new Attack();
    const got: unknown[] = [];
    attack.machine.host.udp.open({ port: 7000 }).onDatagram = ({ payload }) => got.push(payload.length);
    const datagram = sealed(udpBytes(1, 7000, letters), 6, 17, attack.far(6), attack.own6);
    attack.forge({ protocol: 44, payload: fragmentOf6(17, 0, true, 9, datagram.slice(0, 16)) }, 6);
    attack.forge({ protocol: 44, payload: fragmentOf6(17, 0, false, 9, datagram) }, 6);
    expect(got).toEqual([40]);
  });

  it('may carry options for the destination: RFC 8200, section 4.1', () => {
    const attack = new Attack();
    const got: unknown[] = [];
    attack.machine.host.udp.open({ port: 7000 }).onDatagram = ({ payload }) => got.push(payload.length);
    const datagram = sealed(udpBytes(1, 7000, letters), 6, 17, attack.far(6), attack.own6);
    attack.inject(inParts(attack, 6, 60, [17, 0, 1, 4, 0, 0, 0, 0, ...datagram], 24));
    attack.forge({ protocol: 44, payload: fragmentOf6(60, 0, false, 9, [17, 0, 1, 4, 0, 0, 0, 0, ...datagram]) }, 6);
    expect(got).toEqual([40, 40]);
  });
});

describe('fragments that are tricks', () => {
  it.each([4, 6] as const)('of IPv%i that overlap are thrown away: RFC 5722', (family) => {
    const attack = new Attack();
    const got: unknown[] = [];
    attack.machine.host.udp.open({ port: 7000 }).onDatagram = ({ payload }) => got.push(payload);
    const datagram = sealed(udpBytes(1, 7000, letters), 6, 17, attack.far(family), attack.own(family));
    const [first, second, third] = inParts(attack, family, 17, datagram, 16) as [Uint8Array, Uint8Array, Uint8Array];
    const over = [...datagram.slice(8, 24)].map((byte) => byte ^ 1);
    const overlap =
      family === 4
        ? attack.frame({ protocol: 17, payload: over, offset: 8, more: true, identification: 7 })
        : attack.frame({ protocol: 44, payload: fragmentOf6(17, 8, true, 7, over) }, 6);
    // Teardrop: the second lies within the first.
    attack.inject([first, overlap, second, third]);
    attack.inject([second, overlap, first, third]);
    expect(got).toEqual([]);
    expect(attack.machine.host.status().counters['ip']?.['reassemblyFailed']).toBeGreaterThanOrEqual(2);
  });

  it('a header that is cut through is refused: RFC 7112', () => {
    const attack = new Attack();
    attack.machine.host.tcp.listen({ port: 80 }).onConnection = () => {};
    const syn = sealed(tcpBytes(1024, 80, 1, 0, 2), 16, 6, attack.far(6), attack.own6);
    const sent = attack.inject(inParts(attack, 6, 6, syn, 8));
    expect(sent).toHaveLength(1);
    const [error] = attack.forge({ protocol: 44, payload: fragmentOf6(6, 0, true, 99, syn.slice(0, 16)) }, 6);
    expect(error && words(error)).toBe('58 4/3 to 2001:db8:ffff::66');
    const chain = [...new Array(2).fill([60, 0, 1, 4, 0, 0, 0, 0]).flat()];
    const [other] = attack.forge({ protocol: 44, payload: fragmentOf6(60, 0, true, 98, chain) }, 6);
    expect(other && words(other)).toBe('58 4/3 to 2001:db8:ffff::66');
  });

  it('a part that is no whole unit, or ends beyond the longest packet, is told of: RFC 8200, section 4.5', () => {
    const attack = new Attack();
    const odd = attack.forge({ protocol: 44, payload: fragmentOf6(17, 0, true, 1, letters.slice(0, 13)) }, 6);
    expect(odd.map((each) => [words(each), each.payload[7]])).toEqual([['58 4/0 to 2001:db8:ffff::66', 4]]);
    const far = attack.forge({ protocol: 44, payload: fragmentOf6(17, 65_528, false, 2, letters.slice(0, 16)) }, 6);
    expect(far.map((each) => [words(each), each.payload[7]])).toEqual([['58 4/0 to 2001:db8:ffff::66', 42]]);
  });

  it('neighbour discovery in fragments is nothing: RFC 6980', () => {
    const attack = new Attack();
    const { rest, body } = advertisementOf({ prefixes: [{ prefix: '2001:db8:bad::' }] }, attack.forger);
    const source = at('fe80::66');
    const message = sealed(icmpBytes(134, 0, rest, body), 2, 58, source, allNodes);
    const frames = (parts: readonly Uint8Array[]) =>
      parts.map((payload) =>
        packetFrame({
          to: groupMac('ff02::1'),
          from: attack.forger,
          source,
          destination: allNodes,
          hopLimit: 255,
          protocol: 44,
          payload,
        }),
      );
    const whole = fragmentOf6(58, 0, false, 5, message);
    const half = [fragmentOf6(58, 0, true, 6, message.slice(0, 24)), fragmentOf6(58, 24, false, 6, message.slice(24))];
    attack.inject(frames([whole, ...half]));
    expect(attack.machine.addresses().join(' ')).not.toContain('bad');
    // The same in one piece is believed.
    attack.inject(
      packetFrame({
        to: groupMac('ff02::1'),
        from: attack.forger,
        source,
        destination: allNodes,
        hopLimit: 255,
        protocol: 58,
        payload: message,
      }),
    );
    expect(attack.machine.addresses().join(' ')).toContain('bad');
  });

  it('a flood of first fragments does not keep out honest ones', async () => {
    const attack = new Attack();
    const got: unknown[] = [];
    attack.machine.host.udp.open({ port: 7000 }).onDatagram = ({ payload }) => got.push(payload.length);
    const long = new Array(2000).fill(7);
    const datagram = sealed(udpBytes(1, 7000, long), 6, 17, attack.far(4), attack.own4);
    for (let round = 0; round < 20; round++) {
      const flood = Array.from({ length: 1000 }, (_, index) =>
        attack.frame({
          protocol: 17,
          payload: letters,
          more: true,
          identification: (round * 1000 + index) & 0xffff,
          source: at(`203.0.113.${index & 255}`),
        }),
      );
      attack.inject([...flood, ...inParts(attack, 4, 17, datagram, 1480, round)]);
    }
    expect(got).toEqual(new Array(20).fill(2000));
    expect(await attack.alive()).toBe(true);
  });
});
