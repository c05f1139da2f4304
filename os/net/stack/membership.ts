/**
 * Telling switches and routers which groups this host listens to: MLDv2 (RFC 3810) and IGMPv3 (RFC 3376). Reported
 * when a group is joined, and again when a router asks.
 */
import type { Clock, Timer } from '../environment/clock.ts';
import { between, type Random } from '../environment/random.ts';
import { type Address, allNodes, isIpv4, isLinkLocal, unspecified6, writeAddress } from '../wire/address.ts';
import { put16 } from '../wire/bytes.ts';
import { checksum, pseudoHeader, sum } from '../wire/checksum.ts';
import { emitEthernet, ethernetHeader, etherTypes } from '../wire/ethernet.ts';
import { type IcmpMessage, icmpHeader } from '../wire/icmp.ts';
import { emitIpv6, ipv6Header } from '../wire/ipv6.ts';
import { multicastMac } from '../wire/mac.ts';
import type { Inbound } from './inbound.ts';
import type { Interface } from './interface.ts';
import { selectSource } from './source-selection.ts';

/** RFC 3810, section 5.2.14: all MLDv2-capable routers, ff02::16. */
const mldRouters = '\uff02\0\0\0\0\0\0\u0016' as Address;
/** Hop-by-hop options: router alert (RFC 2711) and padding; next header ICMPv6. */
const routerAlert = [58, 0, 5, 2, 0, 0, 1, 0] as const;
const report = 143;
/** RFC 3810, section 5.2.12: MODE_IS_EXCLUDE and CHANGE_TO_EXCLUDE_MODE without sources, which is to be in, and to join. */
const records = { member: 2, join: 4 } as const;
const recordLength = 20;

/** RFC 3810, section 5.1: a query without sources. MLDv1's is 4 bytes shorter. */
const shortestQuery = 24 - icmpHeader;

/** Answers routers that ask who listens: RFC 3810, section 6.2, with one state for all groups, of which a host has few. */
export class Membership {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #answers = new Map<Interface, Timer>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  receiveQuery({ on, source, hopLimit }: Inbound, message: IcmpMessage): void {
    // What has passed a router, or comes from beyond one, is forged: everybody could make us talk to the whole link.
    if (hopLimit !== 1 || !isLinkLocal(source) || message.end - message.start < shortestQuery) return;
    const answer = this.#answers.get(on) ?? this.#clock.timer(() => answerAll(on));
    this.#answers.set(on, answer);
    const at = this.#clock.now + between(this.#random, 0, longestDelay(message.rest >>> 16));
    if (at < answer.deadline) answer.setAt(at);
  }

  /** The interface is gone. */
  forget(on: Interface): void {
    this.#answers.get(on)?.clear();
    this.#answers.delete(on);
  }
}

function answerAll(on: Interface): void {
  // RFC 3810, section 6: everybody is in ff02::1.
  for (const group of on.groups) if (group !== allNodes) reportGroup(on, group, 'member');
  on.link.flush();
}

/** Milliseconds: a number, or from 32768 on one with an exponent (section 5.1.3). */
const longestDelay = (code: number): number =>
  code < 32_768 ? code : ((code & 0x0fff) | 0x1000) * 2 ** (((code >> 12) & 7) + 3);

/** Says that `on` is in `group`, or has just joined it. Groups of IPv4 are link-local ones only, which RFC 3376 does not ask to report. */
export function reportGroup(on: Interface, group: Address, record: keyof typeof records = 'join'): void {
  if (isIpv4(group) || !on.link.up) return;
  const length = 8 + recordLength;
  const frame = ethernetHeader + ipv6Header + routerAlert.length + length;
  const room = on.link.reserve(frame);
  if (room === undefined) return;
  const { bytes, start } = room;
  // RFC 3590: before there is a link-local address, from none.
  const source =
    selectSource(
      [...on.addresses].filter(({ state }) => state !== 'tentative'),
      mldRouters,
    ) ?? unspecified6;
  emitEthernet(bytes, start, multicastMac(mldRouters), on.mac, etherTypes.ipv6);
  const ip = start + ethernetHeader;
  const payloadLength = routerAlert.length + length;
  emitIpv6(bytes, ip, { source, destination: mldRouters, nextHeader: 0, hopLimit: 1, payloadLength });
  bytes.set(routerAlert, ip + ipv6Header);
  const message = ip + ipv6Header + routerAlert.length;
  bytes.fill(0, message, message + length);
  bytes[message] = report;
  put16(bytes, message + 6, 1);
  bytes[message + 8] = records[record];
  writeAddress(bytes, message + 12, group);
  put16(
    bytes,
    message + 2,
    checksum(sum(bytes, message, message + length, pseudoHeader(source, mldRouters, 58, length))),
  );
  room.commit(frame);
}
