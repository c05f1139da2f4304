/** Messages of DHCP for IPv6 between clients and servers: RFC 8415, sections 8 and 21. */
import { type Address, readIpv6, writeAddress } from './address.ts';
import { put16, put32, u16, u32 } from './bytes.ts';

/** ff02::1:2, All_DHCP_Relay_Agents_and_Servers: RFC 8415, section 7.1. */
export const allDhcp6Servers = '\uff02\0\0\0\0\0\u0001\u0002' as Address;

/** RFC 8415, section 7.3. */
export const dhcp6Types = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  informationRequest: 11,
} as const;

/** RFC 8415, section 21; 23 and 24: RFC 3646; 31: RFC 4075; 56: RFC 5908. */
export const dhcp6Options = {
  clientId: 1,
  serverId: 2,
  identityAssociation: 3,
  address: 5,
  optionRequest: 6,
  preference: 7,
  elapsedTime: 8,
  status: 13,
  rapidCommit: 14,
  nameServers: 23,
  searchDomains: 24,
  sntpServers: 31,
  refreshTime: 32,
  ntpServers: 56,
  solicitMaximum: 82,
  informationMaximum: 83,
} as const;

/** RFC 8415, section 21.13. */
export const dhcp6Status = {
  success: 0,
  unspecifiedFailure: 1,
  noAddressesAvailable: 2,
  noBinding: 3,
  notOnLink: 4,
  useMulticast: 5,
} as const;

export interface Dhcp6Option {
  readonly code: number;
  readonly content: Uint8Array;
}

export interface Dhcp6Message {
  readonly type: number;
  /** 24 bits. */
  readonly transaction: number;
  readonly options: readonly Dhcp6Option[];
}

/** @returns undefined when it is none: cut off, or of relays */
export function parseDhcp6(bytes: Uint8Array): Dhcp6Message | undefined {
  const type = bytes[0];
  if (bytes.length < 4 || type === undefined || type === 0 || type > dhcp6Types.informationRequest) return undefined;
  const options = readDhcp6Options(bytes, 4);
  return options && { type, transaction: u32(bytes, 0) % 2 ** 24, options };
}

/** The options from `start` to the end. @returns undefined when one of them does not fit */
export function readDhcp6Options(bytes: Uint8Array, start: number): Dhcp6Option[] | undefined {
  const options: Dhcp6Option[] = [];
  let at = start;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + u16(bytes, at + 2);
    if (end > bytes.length) return undefined;
    options.push({ code: u16(bytes, at), content: bytes.slice(at + 4, end) });
    at = end;
  }
  return options;
}

/** The first option of a code. */
export const dhcp6Option = (options: readonly Dhcp6Option[], code: number): Uint8Array | undefined =>
  options.find((option) => option.code === code)?.content;

export function encodeDhcp6(message: Dhcp6Message): Uint8Array {
  const options = encodeDhcp6Options(message.options);
  const bytes = new Uint8Array(4 + options.length);
  put32(bytes, 0, message.type * 2 ** 24 + message.transaction);
  bytes.set(options, 4);
  return bytes;
}

function encodeDhcp6Options(options: readonly Dhcp6Option[]): Uint8Array {
  const bytes = new Uint8Array(options.reduce((total, { content }) => total + 4 + content.length, 0));
  let at = 0;
  for (const { code, content } of options) {
    put16(bytes, at, code);
    put16(bytes, at + 2, content.length);
    bytes.set(content, at + 4);
    at += 4 + content.length;
  }
  return bytes;
}

/** An address in an identity association. Lifetimes in seconds, Infinity is for ever: RFC 8415, sections 7.7 and 21.6. */
export interface Dhcp6Address {
  readonly address: Address;
  readonly preferredLifetime: number;
  readonly validLifetime: number;
}

/** IA_NA: RFC 8415, section 21.4. Times in seconds; 0: the client may choose. */
export interface IdentityAssociation {
  readonly id: number;
  readonly t1: number;
  readonly t2: number;
  readonly addresses: readonly Dhcp6Address[];
  readonly status: number;
}

const forEver = 0xffffffff;
const readTime = (value: number): number => (value === forEver ? Number.POSITIVE_INFINITY : value);
const writeTime = (value: number): number => Math.min(forEver, Math.floor(value));

/** @returns undefined when it is malformed */
export function readIdentityAssociation(content: Uint8Array): IdentityAssociation | undefined {
  const options = content.length < 12 ? undefined : readDhcp6Options(content, 12);
  if (options === undefined) return undefined;
  const addresses = options
    .filter((option) => option.code === dhcp6Options.address && option.content.length >= 24)
    .map((option) => ({
      address: readIpv6(option.content, 0),
      preferredLifetime: readTime(u32(option.content, 16)),
      validLifetime: readTime(u32(option.content, 20)),
    }));
  return {
    id: u32(content, 0),
    t1: readTime(u32(content, 4)),
    t2: readTime(u32(content, 8)),
    addresses,
    status: readDhcp6Status(options),
  };
}

/** Option contents of an identity association. */
export function encodeIdentityAssociation(association: IdentityAssociation): Uint8Array {
  const options = association.addresses.map(({ address, preferredLifetime, validLifetime }) => {
    const content = new Uint8Array(24);
    const at = writeAddress(content, 0, address);
    put32(content, at, writeTime(preferredLifetime));
    put32(content, at + 4, writeTime(validLifetime));
    return { code: dhcp6Options.address, content };
  });
  const status = { code: dhcp6Options.status, content: Uint8Array.of(0, association.status) };
  const inner = encodeDhcp6Options(association.status === 0 ? options : [...options, status]);
  const bytes = new Uint8Array(12 + inner.length);
  put32(bytes, 0, association.id);
  put32(bytes, 4, writeTime(association.t1));
  put32(bytes, 8, writeTime(association.t2));
  bytes.set(inner, 12);
  return bytes;
}

/** The status among these options; without one it is success: RFC 8415, section 21.13. */
export function readDhcp6Status(options: readonly Dhcp6Option[]): number {
  const content = dhcp6Option(options, dhcp6Options.status);
  return content === undefined || content.length < 2 ? dhcp6Status.success : u16(content, 0);
}
