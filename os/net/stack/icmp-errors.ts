/** Errors by ICMP: those that we send, and what those that we get are about. RFC 1122, section 3.2.2; RFC 4443, section 2.4. */
import type { Clock } from '../environment/clock.ts';
import { type IcmpError, protocols, type Unreachable } from '../socket/network.ts';
import { type Address, isIpv4, isMulticast, isUnspecified, readIpv4, readIpv6 } from '../wire/address.ts';
import { u16 } from '../wire/bytes.ts';
import {
  emitIcmp,
  type IcmpMessage,
  icmp4,
  icmp6,
  icmpChecksumOffset,
  icmpHeader,
  nextHopMtu,
  unreachable4,
  unreachable6,
} from '../wire/icmp.ts';
import { ipv4Header } from '../wire/ipv4.ts';
import { behindExtensions, extensions, fragmentHeader, ipv6Header } from '../wire/ipv6.ts';
import type { Counters } from './counters.ts';
import type { Inbound } from './inbound.ts';
import type { Output } from './output.ts';
import { TokenBucket } from './token-bucket.ts';

/** An error's type and code for each family, and the four bytes behind them. */
export interface ErrorKind {
  readonly type: number;
  readonly code: number;
  readonly rest?: number;
}

export const portUnreachable: Readonly<Record<4 | 6, ErrorKind>> = {
  4: { type: icmp4.unreachable, code: unreachable4.port },
  6: { type: icmp6.unreachable, code: unreachable6.port },
};

/** The error message may not be longer than what every link carries: RFC 1812, section 4.3.2.3, and RFC 4443, section 2.4 (c). */
const longest = { 4: 576 - ipv4Header, 6: 1280 - ipv6Header } as const;
/** Errors a second and at once: enough for traceroute, too few for an amplifier. */
const rate = { perSecond: 100, burst: 50 } as const;

export class IcmpErrors {
  readonly #output: Output;
  readonly #counters: Counters;
  readonly #bucket: TokenBucket;

  constructor(output: Output, counters: Counters, clock: Clock) {
    this.#output = output;
    this.#counters = counters;
    this.#bucket = new TokenBucket(clock, rate.perSecond, rate.burst);
  }

  /** Answers a packet with an error, where that is allowed. */
  send(packet: Inbound, { type, code, rest = 0 }: ErrorKind): void {
    const { source, destination, bytes, header, end } = packet;
    const version = isIpv4(source) ? 4 : 6;
    // Parameter problems of options may answer a multicast (RFC 4443, section 2.4 (e.3)); the rest may not.
    const toGroup = packet.group && !(version === 6 && type === icmp6.parameterProblem && code === 2);
    if (toGroup || isUnspecified(source) || isMulticast(source) || isErrorMessage(packet)) return;
    if (!this.#bucket.take()) {
      this.#counters.icmp.rateLimited += 1;
      return;
    }
    const quoted = bytes.subarray(header, Math.min(end, header + longest[version] - icmpHeader));
    const message = new Uint8Array(icmpHeader + quoted.length);
    emitIcmp(message, 0, type, code, rest);
    message.set(quoted, icmpHeader);
    const from = isMulticast(destination) ? undefined : destination;
    const path = this.#output.path(source, from);
    if (!('begin' in path)) return;
    const packetOut = path.begin(version === 4 ? protocols.icmp : protocols.icmp6, message.length);
    if (packetOut === undefined) return;
    packetOut.bytes.set(message, packetOut.start);
    packetOut.send(message.length, { checksumOffset: icmpChecksumOffset });
    this.#counters.icmp.sent += 1;
  }
}

/** An error must not be answered with an error: it could go on for ever. */
function isErrorMessage(packet: Inbound): boolean {
  const { bytes, end } = packet;
  const { protocol, start } = behindExtensions(bytes, packet.protocol, packet.start, end);
  const type = start < end ? (bytes[start] as number) : 0;
  if (protocol === protocols.icmp6) return type < 128;
  return protocol === protocols.icmp && type !== icmp4.echo && type !== icmp4.echoReply;
}

/** The packet that an error quotes, as far as it does. */
export interface Quoted {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly start: number;
  readonly end: number;
  /** Length of the whole packet, by its header. */
  readonly length: number;
  /** Routers may have cut it, so it cannot have been too big for them. */
  readonly mayFragment: boolean;
}

/** Reads the packet that an error of family `version` quotes; undefined when even its transport ports are missing. */
export function parseQuoted(bytes: Uint8Array, start: number, end: number, version: 4 | 6): Quoted | undefined {
  const quoted = version === 4 ? quoted4(bytes, start, end) : quoted6(bytes, start, end);
  return quoted !== undefined && quoted.end - quoted.start >= 8 ? quoted : undefined;
}

function quoted4(bytes: Uint8Array, start: number, end: number): Quoted | undefined {
  if (end - start < ipv4Header || (bytes[start] as number) >> 4 !== 4) return undefined;
  const header = ((bytes[start] as number) & 0x0f) * 4;
  // Only the first fragment has a transport header.
  if (header < ipv4Header || (u16(bytes, start + 6) & 0x1fff) !== 0) return undefined;
  return {
    source: readIpv4(bytes, start + 12),
    destination: readIpv4(bytes, start + 16),
    protocol: bytes[start + 9] as number,
    start: start + header,
    end: Math.min(end, start + Math.max(header, u16(bytes, start + 2))),
    length: u16(bytes, start + 2),
    mayFragment: (u16(bytes, start + 6) & 0x4000) === 0,
  };
}

function quoted6(bytes: Uint8Array, start: number, end: number): Quoted | undefined {
  if (end - start < ipv6Header || (bytes[start] as number) >> 4 !== 6) return undefined;
  let protocol = bytes[start + 6] as number;
  let at = start + ipv6Header;
  // We send no extension header but that of fragments.
  if (protocol === extensions.fragment) {
    if (at + fragmentHeader > end || (u16(bytes, at + 2) & 0xfff8) !== 0) return undefined;
    protocol = bytes[at] as number;
    at += fragmentHeader;
  }
  return {
    source: readIpv6(bytes, start + 8),
    destination: readIpv6(bytes, start + 24),
    protocol,
    start: at,
    end,
    length: ipv6Header + u16(bytes, start + 4),
    mayFragment: false,
  };
}

/** What an error message says: `too-big` with the MTU that the router names, 0 if it names none. */
export type Verdict = IcmpError['reason'] | { readonly kind: 'too-big'; readonly mtu: number } | undefined;

const reasons4: readonly (Unreachable['kind'] | undefined)[] = [
  'network',
  'host',
  'protocol',
  'port',
  undefined,
  undefined,
  'network',
  'host',
  'host',
  'prohibited',
  'prohibited',
  'network',
  'host',
  'prohibited',
];
const reasons6: readonly Unreachable['kind'][] = [
  'network',
  'prohibited',
  'host',
  'host',
  'port',
  'prohibited',
  'network',
];

/** The meaning of an error of family `version`; undefined for what is none. */
export function verdictOf(message: IcmpMessage, version: 4 | 6): Verdict {
  const { type, code } = message;
  if (version === 4) {
    if (type === icmp4.unreachable) {
      if (code === unreachable4.fragmentationNeeded) return { kind: 'too-big', mtu: nextHopMtu(message) };
      const kind = reasons4[code];
      return kind === undefined ? undefined : { kind };
    }
    return type === icmp4.timeExceeded ? { kind: 'host' } : undefined;
  }
  if (type === icmp6.packetTooBig) return { kind: 'too-big', mtu: message.rest };
  if (type === icmp6.unreachable) return { kind: reasons6[code] ?? 'host' };
  // RFC 4443, section 3.4: an unknown next header means that nobody speaks the protocol there.
  if (type === icmp6.parameterProblem) return code === 1 ? { kind: 'protocol' } : undefined;
  return type === icmp6.timeExceeded ? { kind: 'host' } : undefined;
}
