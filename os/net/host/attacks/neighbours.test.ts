import { describe, expect, it } from 'vitest';
import { icmpBytes, tcpBytes } from '../../stack/fixture/frames.ts';
import { at, macOf } from '../../stack/fixture/lan.ts';
import { solicitedNode } from '../../wire/address.ts';
import { type ArpMessage, emitArp } from '../../wire/arp.ts';
import { emitEthernet, ethernetHeader, etherTypes } from '../../wire/ethernet.ts';
import { icmp6 } from '../../wire/icmp.ts';
import { broadcastMac, formatMac, type MacAddress, multicastMac, noMac } from '../../wire/mac.ts';
import { neighbourBody } from '../../wire/ndp.ts';
import { Attack } from '../fixture/attack.ts';
import { icmp6Frame } from '../fixture/router.ts';

const arp = (message: Partial<ArpMessage>, to: MacAddress = broadcastMac): Uint8Array => {
  const frame = new Uint8Array(60);
  const senderMac = message.senderMac ?? macOf(0x66);
  emitEthernet(frame, 0, to, senderMac, etherTypes.arp);
  emitArp(frame, ethernetHeader, {
    operation: 'request',
    senderMac,
    senderAddress: at('192.0.2.66'),
    targetMac: noMac,
    targetAddress: at('192.0.2.10'),
    ...message,
  });
  return frame;
};

const neighboursOf = ({ machine }: Attack) => machine.host.status().neighbours;
const macAt = (attack: Attack, text: string) => neighboursOf(attack).find(({ address }) => address === text)?.mac;

describe('a flood of neighbours', () => {
  it('by forged requests of ARP is bounded, and the router stays', async () => {
    const attack = new Attack();
    await attack.alive();
    for (let index = 0; index < 5000; index++) {
      attack.inject(arp({ senderAddress: at(`192.0.${index >> 8}.${index & 255}`) }), 0);
    }
    expect(neighboursOf(attack).length).toBeLessThanOrEqual(2048);
    expect(await attack.alive()).toBe(true);
  });

  it('by forged solicitations is bounded, and the router stays', async () => {
    const attack = new Attack();
    await attack.alive();
    const { own6, forger } = attack;
    for (let index = 0; index < 5000; index++) {
      const source = at(`2001:db8:1::bad:${index.toString(16)}`);
      const body = neighbourBody(own6, { kind: 'source', mac: forger });
      const to = multicastMac(solicitedNode(own6));
      attack.inject(
        icmp6Frame({
          from: forger,
          to,
          source,
          destination: solicitedNode(own6),
          type: icmp6.neighbourSolicitation,
          body,
        }),
        0,
      );
    }
    expect(neighboursOf(attack).length).toBeLessThanOrEqual(2048);
    expect(await attack.alive()).toBe(true);
  });

  it.each([4, 6] as const)(
    'from afar, by what has to be answered to neighbours of IPv%i that are not there: RFC 6583',
    async (family) => {
      const attack = new Attack();
      await attack.alive();
      const waiting: number[] = [];
      for (let index = 0; index < 5000; index++) {
        const host = index.toString(family === 4 ? 10 : 16);
        const source = at(family === 4 ? `192.0.2.${20 + (index % 200)}` : `2001:db8:1::5:${host}`);
        attack.inject(
          attack.frame({ source, protocol: 6, payload: tcpBytes(1024, 81, index, 0, 2), checksumAt: 16 }, family),
          0,
        );
        if (index % 500 === 0) waiting.push(neighboursOf(attack).filter(({ mac }) => mac === null).length);
      }
      expect(Math.max(...waiting)).toBeLessThanOrEqual(260);
      expect(neighboursOf(attack).length).toBeLessThanOrEqual(1100);
      // While it goes on, others are found.
      const reached = attack.machine.host.udp.open().send(Uint8Array.of(1), { address: attack.router4, port: 9 });
      expect(reached).toBe(true);
      expect(await attack.alive()).toBe(true);
    },
  );
});

describe('what nobody asked for', () => {
  it('is not learnt of strangers: replies of ARP, advertisements', () => {
    const attack = new Attack();
    attack.inject(arp({ operation: 'reply', senderAddress: at('192.0.2.99') }, attack.machine.port.mac));
    attack.inject(arp({ senderAddress: at('192.0.2.98'), targetAddress: at('192.0.2.98') }));
    const body = neighbourBody(at('2001:db8:1::99'), { kind: 'target', mac: attack.forger });
    const [from, to] = [attack.forger, multicastMac(at('ff02::1'))];
    const source = at('2001:db8:1::99');
    attack.inject(
      icmp6Frame({
        from,
        to,
        source,
        destination: at('ff02::1'),
        type: icmp6.neighbourAdvertisement,
        rest: 0x20000000,
        body,
      }),
    );
    for (const text of ['192.0.2.99', '192.0.2.98', '2001:db8:1::99']) expect(macAt(attack, text)).toBeUndefined();
  });

  it('does not replace what is known unless it says so: RFC 4861, section 7.2.5', async () => {
    const attack = new Attack();
    await attack.alive();
    const router = '2001:db8:1::1';
    const known = macAt(attack, router);
    const advertise = (rest: number, hopLimit = 255) => {
      const body = neighbourBody(at(router), { kind: 'target', mac: attack.forger });
      const { forger: from, own6: destination } = attack;
      const to = attack.machine.port.mac;
      const type = icmp6.neighbourAdvertisement;
      attack.inject(icmp6Frame({ from, to, source: at(router), destination, type, rest, body, hopLimit }));
    };
    advertise(0xc0000000);
    expect(macAt(attack, router)).toBe(known);
    // From beyond a router.
    advertise(0xe0000000, 254);
    expect(macAt(attack, router)).toBe(known);
    advertise(0xa0000000);
    expect(macAt(attack, router)).toBe(formatMac(attack.forger));
    // He does not answer when he is asked, and so it is found out.
    for (let round = 0; round < 3; round++) await attack.alive();
    expect([macAt(attack, router), await attack.alive()]).toEqual([known, true]);
  });

  it('that a neighbour is a group, or nowhere, is nonsense', () => {
    const attack = new Attack();
    for (const mac of [broadcastMac, multicastMac(at('ff02::1')), noMac]) {
      const source = at('2001:db8:1::97');
      const body = neighbourBody(attack.own6, { kind: 'source', mac });
      const { forger: from, own6: destination } = attack;
      attack.inject(
        icmp6Frame({ from, to: attack.machine.port.mac, source, destination, type: icmp6.neighbourSolicitation, body }),
      );
      attack.inject(arp({ senderMac: mac, senderAddress: at('192.0.2.97') }));
    }
    expect(macAt(attack, '2001:db8:1::97') ?? null).toBeNull();
    expect(macAt(attack, '192.0.2.97')).toBeUndefined();
  });

  it('a router that says that it is none is not used as one', () => {
    const attack = new Attack();
    attack.router.announce();
    attack.lan.pass(100);
    expect(attack.machine.routers()).toContain('fe80::1 eth0');
    const source = at('fe80::1');
    const body = neighbourBody(source, { kind: 'target', mac: attack.router.node.port.mac });
    const { mac } = attack.router.node.port;
    const type = icmp6.neighbourAdvertisement;
    attack.inject(
      icmp6Frame({
        from: mac,
        to: attack.machine.port.mac,
        source,
        destination: at('ff02::1'),
        type,
        rest: 0x20000000,
        body,
      }),
    );
    expect(attack.machine.routers()).not.toContain('fe80::1 eth0');
  });
});

describe('claims on an address of the host', () => {
  it('by ARP: a storm is answered now and then, and the address kept', () => {
    const attack = new Attack();
    let answers = 0;
    for (let index = 0; index < 3000; index++) {
      answers += attack.inject(arp({ senderAddress: attack.own4, targetAddress: attack.own4 }), 10).length;
    }
    expect(answers).toBeLessThanOrEqual(4);
    expect(attack.machine.addresses(4)).toEqual(['192.0.2.10/24 static preferred']);
  });

  it('by advertisement: it is kept', () => {
    const attack = new Attack();
    const before = attack.machine.addresses(6);
    const body = neighbourBody(attack.own6, { kind: 'target', mac: attack.forger });
    const { forger: from, own6: source } = attack;
    for (let index = 0; index < 100; index++) {
      const to = multicastMac(at('ff02::1'));
      attack.inject(
        icmp6Frame({
          from,
          to,
          source,
          destination: at('ff02::1'),
          type: icmp6.neighbourAdvertisement,
          rest: 0x20000000,
          body,
        }),
      );
    }
    expect(attack.machine.addresses(6)).toEqual(before);
  });

  it('a probe for it is answered: whoever asks is to leave it alone', () => {
    const attack = new Attack();
    expect(attack.inject(arp({ senderAddress: at('0.0.0.0') }))).toHaveLength(1);
    const { forger: from, own6 } = attack;
    const to = multicastMac(solicitedNode(own6));
    const body = neighbourBody(own6);
    const [answer] = attack.inject(
      icmp6Frame({
        from,
        to,
        source: at('::'),
        destination: solicitedNode(own6),
        type: icmp6.neighbourSolicitation,
        body,
      }),
    );
    expect(answer?.[54]).toBe(icmp6.neighbourAdvertisement);
    expect(answer?.subarray(0, 6)).toEqual(Uint8Array.of(0x33, 0x33, 0, 0, 0, 1));
  });
});

it('packets that wait for a neighbour are bounded, in number and in bytes', () => {
  const attack = new Attack();
  const socket = attack.machine.host.udp.open();
  for (let index = 0; index < 5000; index++) {
    socket.send(new Uint8Array(1000), { address: at(`192.0.2.${50 + (index % 100)}`), port: 9 });
  }
  expect(attack.machine.host.status().counters['neighbours']?.['overflow']).toBeGreaterThan(3000);
  const echo = { protocol: 1, payload: icmpBytes(8, 0, 1), checksumAt: 2 };
  expect(attack.forge(echo).filter(({ protocol }) => protocol === 1)).toHaveLength(1);
});
