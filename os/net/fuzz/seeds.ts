/** Frames of kinds that a quiet network does not show by itself. Checksums and lengths are made to fit when they are used. */
import { advertisementOf, icmp6Frame } from '../host/fixture/router.ts';
import { at } from '../stack/fixture/lan.ts';
import { type Address, addressBytes, allNodes, isIpv4, writeAddress } from '../wire/address.ts';
import { emitArp } from '../wire/arp.ts';
import { emptyMessage, encodeDnsMessage } from '../wire/dns/message.ts';
import { addressRecord } from '../wire/dns/record.ts';
import { emitEthernet, ethernetHeader, etherTypes } from '../wire/ethernet.ts';
import { icmp6 } from '../wire/icmp.ts';
import { emitIpv4, ipv4Header } from '../wire/ipv4.ts';
import { emitIpv6, ipv6Header } from '../wire/ipv6.ts';
import { broadcastMac, type MacAddress, multicastMac, noMac } from '../wire/mac.ts';
import { neighbourBody } from '../wire/ndp.ts';
import { emitUdp, udpHeader } from '../wire/udp.ts';

export interface Ends {
  /** Somebody on the link. */
  readonly from: MacAddress;
  readonly source: { readonly 4: Address; readonly 6: Address };
  /** The host; its addresses of one family. */
  readonly to: MacAddress;
  readonly own: readonly Address[];
}

/** All of them, for both families. */
export function* seeds(ends: Ends): Generator<Uint8Array> {
  yield* neighbours(ends);
  yield* routers(ends);
  yield* names(ends);
  for (const own of ends.own) {
    if (isIpv4(own)) yield* internetGroups(ends, own);
    else yield ping(ends, own);
  }
}

function* neighbours({ from, source, to, own }: Ends): Generator<Uint8Array> {
  for (const address of own) {
    if (isIpv4(address)) {
      for (const operation of ['request', 'reply'] as const) {
        for (const senderAddress of [source[4], address, at('0.0.0.0')]) {
          const frame = new Uint8Array(60);
          emitEthernet(frame, 0, operation === 'request' ? broadcastMac : to, from, etherTypes.arp);
          emitArp(frame, ethernetHeader, {
            operation,
            senderMac: from,
            senderAddress,
            targetMac: noMac,
            targetAddress: address,
          });
          yield frame;
        }
      }
      continue;
    }
    const common = { from, to, destination: address, source: source[6] };
    yield icmp6Frame({
      ...common,
      type: icmp6.neighbourSolicitation,
      body: neighbourBody(address, { kind: 'source', mac: from }),
    });
    yield icmp6Frame({ ...common, source: at('::'), type: icmp6.neighbourSolicitation, body: neighbourBody(address) });
    const claim = neighbourBody(address, { kind: 'target', mac: from }, 'abcdef');
    yield icmp6Frame({ ...common, type: icmp6.neighbourAdvertisement, rest: 0x20000000, body: claim });
    const known = neighbourBody(source[6], { kind: 'target', mac: from });
    yield icmp6Frame({ ...common, type: icmp6.neighbourAdvertisement, rest: 0xe0000000, body: known });
  }
}

function* routers({ from, source, own }: Ends): Generator<Uint8Array> {
  const common = { from, to: multicastMac(allNodes), destination: allNodes, source: source[6] };
  const many = Array.from({ length: 20 }, (_, index) => ({ prefix: `2001:db8:${(0x100 + index).toString(16)}::` }));
  const route = { prefix: at('2001:db8:8000::'), length: 33, preference: 1, lifetime: 600 } as const;
  const announcements = [
    { prefixes: many.slice(0, 3), routes: [route], nameServers: ['2001:db8::53', 'fe80::53'], mtu: 1280 },
    { lifetime: 0, prefixes: many },
    { prefixes: [{ prefix: '2001:db8:1::', validFor: 0, preferredFor: 0 }], hopLimit: 255, other: true },
    { routes: new Array(12).fill(route), reachableTime: 1, retransmitTime: 1 },
  ];
  for (const announcement of announcements) {
    const { rest, body } = advertisementOf(announcement, from);
    yield icmp6Frame({ ...common, type: icmp6.routerAdvertisement, rest, body });
  }
  const better = new Uint8Array(40);
  better.set([2, 1], 32);
  writeAddress(better, 0, at('fe80::99'));
  writeAddress(better, 16, at('2001:db8:ffff::1'));
  yield icmp6Frame({ ...common, type: icmp6.redirect, body: better });
  for (const group of [at('::'), ...own.filter((address) => !isIpv4(address))]) {
    const query = new Uint8Array(20);
    query.set(addressBytes(group));
    yield icmp6Frame({ ...common, type: icmp6.listenerQuery, rest: 100 * 65_536, body: query, hopLimit: 1 });
  }
}

/** Questions and answers of multicast DNS about the host's own name and another one. */
function* names({ from, source }: Ends): Generator<Uint8Array> {
  for (const name of ['box.local', 'other.local']) {
    const questions = [{ name, type: 255, class: 1 }];
    const answers = [
      addressRecord(name, at('192.0.2.66'), 120, 0x8001),
      addressRecord(name, at('fe80::66'), 120, 0x8001),
    ];
    for (const message of [
      { ...emptyMessage, questions },
      { ...emptyMessage, questions, authorities: answers },
      { ...emptyMessage, response: true, authoritative: true, answers },
    ]) {
      const payload = encodeDnsMessage(message as typeof emptyMessage);
      if (payload === undefined) continue;
      yield datagram({ from, source: source[4], destination: at('224.0.0.251'), ports: 5353, payload });
      yield datagram({ from, source: source[6], destination: at('ff02::fb'), ports: 5353, payload });
    }
  }
}

function datagram(of: { from: MacAddress; source: Address; destination: Address; ports: number; payload: Uint8Array }) {
  const { from, source, destination, ports, payload } = of;
  const version4 = isIpv4(destination);
  const start = ethernetHeader + (version4 ? ipv4Header : ipv6Header);
  const frame = new Uint8Array(start + udpHeader + payload.length);
  const length = udpHeader + payload.length;
  emitEthernet(frame, 0, multicastMac(destination), from, version4 ? etherTypes.ipv4 : etherTypes.ipv6);
  if (version4) {
    const fields = { source, destination, protocol: 17, hopLimit: 255, identification: 1, dontFragment: false };
    emitIpv4(frame, ethernetHeader, { ...fields, payloadLength: length });
  } else {
    emitIpv6(frame, ethernetHeader, { source, destination, nextHeader: 17, hopLimit: 255, payloadLength: length });
  }
  emitUdp(frame, start, ports, ports, payload.length);
  frame.set(payload, start + udpHeader);
  return frame;
}

/** ICMP and IGMP that nobody sends by himself, and protocols that are not there. */
function* internetGroups({ from, to, source }: Ends, own: Address): Generator<Uint8Array> {
  for (const [protocol, first] of [
    [1, 13],
    [1, 17],
    [1, 5],
    [1, 4],
    [2, 0x11],
    [47, 0],
    [132, 1],
  ] as const) {
    const frame = new Uint8Array(ethernetHeader + ipv4Header + 28);
    emitEthernet(frame, 0, to, from, etherTypes.ipv4);
    const fields = {
      source: source[4],
      destination: own,
      protocol,
      hopLimit: 64,
      identification: 7,
      dontFragment: true,
    };
    emitIpv4(frame, ethernetHeader, { ...fields, payloadLength: 28 });
    frame[ethernetHeader + ipv4Header] = first;
    yield frame;
  }
}

/** With options for the destination in front. */
function ping({ from, to, source }: Ends, own: Address): Uint8Array {
  const plain = icmp6Frame({
    from,
    to,
    source: source[6],
    destination: own,
    type: icmp6.echo,
    body: new Uint8Array(32),
  });
  const frame = new Uint8Array(plain.length + 8);
  frame.set(plain.subarray(0, 54));
  frame.set([58, 0, 1, 4], 54);
  frame[ethernetHeader + 6] = 60;
  frame.set(plain.subarray(54), 62);
  return frame;
}
