/** ICMP for IPv4 (RFC 792) and for IPv6 (RFC 4443): what both have in common, and the numbers in which they differ. */
import { put16, put32, u32 } from './bytes.ts';

/** Type, code, checksum, and four bytes that depend on the type. */
export const icmpHeader = 8;
export const icmpChecksumOffset = 2;

export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  /** The four bytes behind the checksum: identifier and sequence of an echo, MTU, pointer. */
  readonly rest: number;
  /** Where the body starts and ends. */
  readonly start: number;
  readonly end: number;
}

/** The message from `start` on; undefined when it is cut short. The checksum is the caller's. */
export function parseIcmp(bytes: Uint8Array, start: number, end: number): IcmpMessage | undefined {
  if (end - start < icmpHeader) return undefined;
  return {
    type: bytes[start] as number,
    code: bytes[start + 1] as number,
    rest: u32(bytes, start + 4),
    start: start + icmpHeader,
    end,
  };
}

/** Writes {@link icmpHeader} bytes at `at`; whoever sends it completes the checksum. */
export function emitIcmp(bytes: Uint8Array, at: number, type: number, code: number, rest: number): void {
  bytes[at] = type;
  bytes[at + 1] = code;
  put16(bytes, at + 2, 0);
  put32(bytes, at + 4, rest);
}

/** The MTU of a "fragmentation needed": RFC 1191, section 4; 0 from routers that know nothing of it. */
export const nextHopMtu = (message: IcmpMessage): number => message.rest & 0xffff;

/** Types of ICMP for IPv4. RFC 792. */
export const icmp4 = {
  echoReply: 0,
  unreachable: 3,
  redirect: 5,
  echo: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const;

/** Codes of "destination unreachable" for IPv4. RFC 792 and RFC 1122, section 3.2.2.1. */
export const unreachable4 = { network: 0, host: 1, protocol: 2, port: 3, fragmentationNeeded: 4 } as const;

/** Types of ICMP for IPv6. RFC 4443 and RFC 4861, section 4. */
export const icmp6 = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echo: 128,
  echoReply: 129,
  /** RFC 3810, section 5.1. */
  listenerQuery: 130,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  redirect: 137,
} as const;

/** Codes of "destination unreachable" for IPv6. RFC 4443, section 3.1. */
export const unreachable6 = { noRoute: 0, prohibited: 1, beyondScope: 2, address: 3, port: 4 } as const;

/** Identifier and sequence number of an echo. */
export const echoOf = (rest: number): { identifier: number; sequence: number } => ({
  identifier: Math.floor(rest / 65536),
  sequence: rest % 65536,
});

export const echoRest = (identifier: number, sequence: number): number => identifier * 65536 + (sequence & 0xffff);
