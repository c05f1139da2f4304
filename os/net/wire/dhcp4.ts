/** Messages of DHCP for IPv4: RFC 2131, section 2; options: RFC 2132, long ones RFC 3396. */
import { type Address, readIpv4, unspecified4, writeAddress } from './address.ts';
import { put16, put32, u16, u32 } from './bytes.ts';
import { type MacAddress, readMac, writeMac } from './mac.ts';

/** IANA, "BOOTP Vendor Extensions and DHCP Options". */
export const dhcp4Options = {
  subnetMask: 1,
  router: 3,
  nameServers: 6,
  hostName: 12,
  domainName: 15,
  mtu: 26,
  broadcast: 28,
  timeServers: 42,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  server: 54,
  parameterRequest: 55,
  message: 56,
  longestMessage: 57,
  renewalTime: 58,
  rebindingTime: 59,
  clientId: 61,
  rapidCommit: 80,
  searchDomains: 119,
  classlessRoutes: 121,
} as const;

/** Option 53: RFC 2132, section 9.6. */
export const dhcp4Types = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

export interface Dhcp4Message {
  readonly operation: 'request' | 'reply';
  readonly transaction: number;
  /** Seconds since the client began. */
  readonly seconds: number;
  /** The client cannot be reached by unicast yet. */
  readonly broadcast: boolean;
  /** The address that the client has (ciaddr), and the one that it is given (yiaddr). */
  readonly clientAddress: Address;
  readonly yourAddress: Address;
  readonly mac: MacAddress;
  /** Contents by code; parts of a long option are joined. */
  readonly options: ReadonlyMap<number, Uint8Array>;
}

/** Offsets of the fixed part. */
const at = {
  flags: 10,
  clientAddress: 12,
  yourAddress: 16,
  mac: 28,
  serverName: 44,
  file: 108,
  cookie: 236,
  options: 240,
} as const;
const magicCookie = 0x63825363;
const ethernet = 1;
const pad = 0;
const end = 255;

/** Relays of old drop what is shorter than a BOOTP message: RFC 1542, section 2.1. */
const shortestMessage = 300;

/** @returns undefined when it is none, or not about an Ethernet interface */
export function parseDhcp4(bytes: Uint8Array): Dhcp4Message | undefined {
  if (bytes.length < at.options || u32(bytes, at.cookie) !== magicCookie) return undefined;
  const operation = bytes[0] === 1 ? 'request' : 'reply';
  if ((bytes[0] !== 1 && bytes[0] !== 2) || bytes[1] !== ethernet || bytes[2] !== 6) return undefined;
  const parts = new Map<number, Uint8Array[]>();
  collect(bytes, at.options, bytes.length, parts);
  // RFC 3396, section 5: the fields `file` and `sname` follow, in this order, if they are used for options.
  const overload = parts.get(dhcp4Options.overload)?.[0]?.[0] ?? 0;
  if (overload & 1) collect(bytes, at.file, at.cookie, parts);
  if (overload & 2) collect(bytes, at.serverName, at.file, parts);
  return {
    operation,
    transaction: u32(bytes, 4),
    seconds: u16(bytes, 8),
    broadcast: (u16(bytes, at.flags) & 0x8000) !== 0,
    clientAddress: readIpv4(bytes, at.clientAddress),
    yourAddress: readIpv4(bytes, at.yourAddress),
    mac: readMac(bytes, at.mac),
    options: new Map([...parts].map(([code, pieces]) => [code, joined(pieces)])),
  };
}

/** Reads options from `start` on, up to the end mark or to the first one that does not fit before `limit`. */
function collect(bytes: Uint8Array, start: number, limit: number, parts: Map<number, Uint8Array[]>): void {
  let next = start;
  while (next < limit) {
    const code = bytes[next] as number;
    if (code === end) return;
    if (code === pad) {
      next++;
      continue;
    }
    const content = next + 2;
    if (content > limit) return;
    next = content + (bytes[next + 1] as number);
    if (next > limit) return;
    const pieces = parts.get(code);
    if (pieces === undefined) parts.set(code, [bytes.slice(content, next)]);
    else pieces.push(bytes.slice(content, next));
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** The message as bytes; an option of more than 255 bytes in parts. */
export function encodeDhcp4(message: Dhcp4Message): Uint8Array {
  const options: number[] = [];
  for (const [code, content] of message.options) {
    for (let from = 0; from === 0 || from < content.length; from += 255) {
      const part = content.subarray(from, from + 255);
      options.push(code, part.length, ...part);
    }
  }
  options.push(end);
  const bytes = new Uint8Array(Math.max(shortestMessage, at.options + options.length));
  bytes[0] = message.operation === 'request' ? 1 : 2;
  bytes[1] = ethernet;
  bytes[2] = 6;
  put32(bytes, 4, message.transaction);
  put16(bytes, 8, Math.min(0xffff, message.seconds));
  put16(bytes, at.flags, message.broadcast ? 0x8000 : 0);
  writeAddress(bytes, at.clientAddress, message.clientAddress);
  writeAddress(bytes, at.yourAddress, message.yourAddress);
  writeMac(bytes, at.mac, message.mac);
  put32(bytes, at.cookie, magicCookie);
  bytes.set(options, at.options);
  return bytes;
}

/** The first of the addresses in an option, without 0.0.0.0. */
export function readIpv4List(content: Uint8Array | undefined, most: number): Address[] {
  const addresses: Address[] = [];
  if (content === undefined) return addresses;
  for (let next = 0; next + 4 <= content.length && addresses.length < most; next += 4) {
    const address = readIpv4(content, next);
    if (address !== unspecified4) addresses.push(address);
  }
  return addresses;
}

export interface ClasslessRoute {
  readonly destination: Address;
  readonly prefixLength: number;
  /** 0.0.0.0: the destination is on the link. */
  readonly router: Address;
}

/** Option 121: RFC 3442. @returns undefined when it is malformed */
export function readClasslessRoutes(content: Uint8Array, most: number): ClasslessRoute[] | undefined {
  const routes: ClasslessRoute[] = [];
  let next = 0;
  while (next < content.length) {
    const prefixLength = content[next] as number;
    const significant = Math.ceil(prefixLength / 8);
    const router = next + 1 + significant;
    if (prefixLength > 32 || router + 4 > content.length) return undefined;
    const destination = new Uint8Array(4);
    destination.set(content.subarray(next + 1, router));
    if (routes.length < most) {
      routes.push({ destination: readIpv4(destination, 0), prefixLength, router: readIpv4(content, router) });
    }
    next = router + 4;
  }
  return routes;
}
