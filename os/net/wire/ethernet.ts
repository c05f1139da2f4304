/** Ethernet II frames: RFC 894 and RFC 2464; numbers by IEEE. */
import { put16, u16 } from './bytes.ts';
import { type MacAddress, writeMac } from './mac.ts';

export const ethernetHeader = 14;

export const etherTypes = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

/** What the frame at `start` carries; undefined for one that is shorter than its header. */
export const etherType = (bytes: Uint8Array, start: number, end: number): number | undefined =>
  end - start < ethernetHeader ? undefined : u16(bytes, start + 12);

/** Writes a header at `at` and returns where it ends. */
export function emitEthernet(
  bytes: Uint8Array,
  at: number,
  destination: MacAddress,
  source: MacAddress,
  type: number,
): number {
  writeMac(bytes, at, destination);
  writeMac(bytes, at + 6, source);
  put16(bytes, at + 12, type);
  return at + ethernetHeader;
}
