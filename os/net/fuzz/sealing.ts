/** Lengths and checksums of a frame, as its contents would have them: what a layer refuses at once teaches nothing. */
import { readIpv4, readIpv6 } from '../wire/address.ts';
import { put16, u16 } from '../wire/bytes.ts';
import { checksum, pseudoHeader, sum } from '../wire/checksum.ts';
import { ethernetHeader, etherTypes } from '../wire/ethernet.ts';
import { ipv4Header } from '../wire/ipv4.ts';
import { behindExtensions, ipv6Header } from '../wire/ipv6.ts';

/** Where in the transport header the checksum is. */
const checksumAt = new Map([
  [1, 2],
  [6, 16],
  [17, 6],
  [58, 2],
]);

/** Makes a frame consistent, as far as it can be. */
export function seal(frame: Uint8Array): void {
  if (frame.length < ethernetHeader + ipv4Header) return;
  const type = u16(frame, 12);
  if (type === etherTypes.ipv4) seal4(frame);
  else if (type === etherTypes.ipv6 && frame.length >= ethernetHeader + ipv6Header) seal6(frame);
}

function seal4(frame: Uint8Array): void {
  const ip = ethernetHeader;
  const header = ((frame[ip] as number) & 15) * 4;
  if (header < ipv4Header || ip + header > frame.length) return;
  put16(frame, ip + 2, frame.length - ip);
  put16(frame, ip + 10, 0);
  put16(frame, ip + 10, checksum(sum(frame, ip, ip + header)));
  // Of fragments only the whole has a checksum.
  if ((u16(frame, ip + 6) & 0x3fff) !== 0) return;
  const protocol = frame[ip + 9] as number;
  const pseudo = (length: number) => pseudoHeader(readIpv4(frame, ip + 12), readIpv4(frame, ip + 16), protocol, length);
  sealTransport(frame, protocol, ip + header, protocol === 1 ? () => 0 : pseudo);
}

function seal6(frame: Uint8Array): void {
  const ip = ethernetHeader;
  put16(frame, ip + 4, frame.length - ip - ipv6Header);
  const { protocol, start } = behindExtensions(frame, frame[ip + 6] as number, ip + ipv6Header, frame.length);
  const pseudo = (length: number) => pseudoHeader(readIpv6(frame, ip + 8), readIpv6(frame, ip + 24), protocol, length);
  sealTransport(frame, protocol, start, pseudo);
}

function sealTransport(frame: Uint8Array, protocol: number, start: number, pseudo: (length: number) => number): void {
  const at = checksumAt.get(protocol);
  const length = frame.length - start;
  if (at === undefined || length < at + 2) return;
  if (protocol === 17) put16(frame, start + 4, length);
  put16(frame, start + at, 0);
  const value = checksum(sum(frame, start, frame.length, pseudo(length)));
  put16(frame, start + at, protocol === 17 && value === 0 ? 0xffff : value);
}
