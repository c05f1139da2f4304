/** Messages of SOCKS version 5: RFC 1928. Pure; reading survives any bytes. */
import {
  addressBytes,
  type Endpoint,
  formatAddress,
  isIpv4,
  readIpv4,
  readIpv6,
  unmapped,
} from '../../net/wire/address.ts';

const version = 5;
const noAuthentication = 0;
const addressTypes = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** Section 6. */
export const replies = {
  succeeded: 0,
  failed: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  commandNotSupported: 7,
  addressTypeNotSupported: 8,
} as const;

export const accepted = Uint8Array.of(version, noAuthentication);
/** "No acceptable methods", section 3. */
export const noMethod = Uint8Array.of(version, 0xff);

/** `incomplete`: more bytes are needed. `wrong`: these are none of this protocol. */
type Unread = 'incomplete' | 'wrong';

export interface Greeting {
  /** Bytes that it took. */
  readonly length: number;
  /** Whether the client can do without authentication. */
  readonly open: boolean;
}

/** Section 3: version, number of methods, methods. At most 257 bytes. */
export function readGreeting(bytes: Uint8Array): Greeting | Unread {
  if (bytes.length > 0 && bytes[0] !== version) return 'wrong';
  const length = 2 + (bytes[1] ?? 0);
  if (bytes.length < 2 || bytes.length < length) return 'incomplete';
  return { length, open: bytes.subarray(2, length).includes(noAuthentication) };
}

export interface Request {
  readonly length: number;
  readonly command: number;
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
}

/** Section 4. At most 262 bytes. A number is the reply that refuses the request. */
export function readRequest(bytes: Uint8Array): Request | Unread | number {
  if (bytes.length > 0 && bytes[0] !== version) return 'wrong';
  if (bytes.length < 5) return 'incomplete';
  const type = bytes[3] as number;
  const start = type === addressTypes.name ? 5 : 4;
  const size = { [addressTypes.ipv4]: 4, [addressTypes.ipv6]: 16, [addressTypes.name]: bytes[4] as number }[type];
  if (size === undefined) return replies.addressTypeNotSupported;
  const length = start + size + 2;
  if (bytes.length < length) return 'incomplete';
  const host = readHost(bytes, type, start, size);
  if (host === undefined) return replies.hostUnreachable;
  const port = ((bytes[length - 2] as number) << 8) | (bytes[length - 1] as number);
  return { length, command: bytes[1] as number, host, port };
}

function readHost(bytes: Uint8Array, type: number, start: number, size: number): string | undefined {
  if (type === addressTypes.ipv4) return formatAddress(readIpv4(bytes, start));
  if (type === addressTypes.ipv6) return formatAddress(unmapped(readIpv6(bytes, start)));
  const name = Buffer.from(bytes.buffer, bytes.byteOffset + start, size).toString('latin1');
  return /^[\x21-\x7e]+$/.test(name) ? name : undefined;
}

/** Section 6; `bound` is our end of the connection. */
export function writeReply(reply: number, bound?: Endpoint): Uint8Array {
  const address = bound === undefined ? new Uint8Array(4) : addressBytes(bound.address);
  const type = bound === undefined || isIpv4(bound.address) ? addressTypes.ipv4 : addressTypes.ipv6;
  const port = bound?.port ?? 0;
  return Uint8Array.from([version, reply, 0, type, ...address, port >> 8, port & 0xff]);
}

/** What a failure of connecting is called here. */
export const replyFor: Readonly<Record<string, number>> = {
  ECONNREFUSED: replies.refused,
  ENETUNREACH: replies.networkUnreachable,
  EHOSTUNREACH: replies.hostUnreachable,
  ENOTFOUND: replies.hostUnreachable,
  ENODATA: replies.hostUnreachable,
  ETIMEDOUT: replies.hostUnreachable,
  EACCES: replies.notAllowed,
};
