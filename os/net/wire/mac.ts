/** Ethernet addresses, packed like Internet addresses (`address.ts`): three UTF-16 units. IEEE 802-2014, clause 8. */
import { type Address, isIpv4 } from './address.ts';

declare const packed: unique symbol;
export type MacAddress = string & { readonly [packed]: 'mac' };

export const broadcastMac = '\uffff\uffff\uffff' as MacAddress;
export const noMac = '\0\0\0' as MacAddress;

export const readMac = (bytes: Uint8Array, offset: number): MacAddress =>
  String.fromCharCode(unit(bytes, offset), unit(bytes, offset + 2), unit(bytes, offset + 4)) as MacAddress;

const unit = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

/** Writes the six bytes at `offset` and returns where they end. */
export function writeMac(bytes: Uint8Array, offset: number, mac: MacAddress): number {
  for (let index = 0; index < 3; index++) {
    const value = mac.charCodeAt(index);
    bytes[offset + 2 * index] = value >> 8;
    bytes[offset + 2 * index + 1] = value & 0xff;
  }
  return offset + 6;
}

/** Whether it is a group: multicast or broadcast. */
export const isGroupMac = (mac: MacAddress): boolean => (mac.charCodeAt(0) & 0x0100) !== 0;

/** Whether it can be that of one station. */
export const isStation = (mac: MacAddress): boolean => mac !== noMac && !isGroupMac(mac);

/** Where a multicast packet is sent: RFC 1112, section 6.4, and RFC 2464, section 7. */
export const multicastMac = (group: Address): MacAddress =>
  (isIpv4(group)
    ? String.fromCharCode(0x0100, 0x5e00 | (group.charCodeAt(0) & 0x7f), group.charCodeAt(1))
    : String.fromCharCode(0x3333, group.charCodeAt(6), group.charCodeAt(7))) as MacAddress;

/** `52:54:00:12:34:56` */
export const formatMac = (mac: MacAddress): string =>
  Array.from({ length: 3 }, (_, index) => mac.charCodeAt(index))
    .flatMap((value) => [value >> 8, value & 0xff])
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(':');

export function parseMac(text: string): MacAddress | undefined {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return undefined;
  return readMac(
    Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16)),
    0,
  );
}
