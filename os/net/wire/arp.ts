/** ARP for IPv4 over Ethernet: RFC 826. */
import { type Address, readIpv4, writeAddress } from './address.ts';
import { put16, u16, u32 } from './bytes.ts';
import { type MacAddress, readMac, writeMac } from './mac.ts';

export interface ArpMessage {
  readonly operation: 'request' | 'reply';
  readonly senderMac: MacAddress;
  readonly senderAddress: Address;
  readonly targetMac: MacAddress;
  readonly targetAddress: Address;
}

export const arpLength = 28;

/** Hardware type Ethernet, protocol IPv4; then both address lengths. */
const kinds = 0x00010800;
const lengths = 0x0604;

/** The message from `start` on; undefined when it is cut short or of other kinds of addresses. */
export function parseArp(bytes: Uint8Array, start: number, end: number): ArpMessage | undefined {
  if (end - start < arpLength || u32(bytes, start) !== kinds || u16(bytes, start + 4) !== lengths) return undefined;
  const operation = u16(bytes, start + 6);
  if (operation !== 1 && operation !== 2) return undefined;
  return {
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: readMac(bytes, start + 8),
    senderAddress: readIpv4(bytes, start + 14),
    targetMac: readMac(bytes, start + 18),
    targetAddress: readIpv4(bytes, start + 24),
  };
}

/** Writes the message at `at`: {@link arpLength} bytes. */
export function emitArp(bytes: Uint8Array, at: number, message: ArpMessage): void {
  put16(bytes, at, 1);
  put16(bytes, at + 2, 0x0800);
  put16(bytes, at + 4, lengths);
  put16(bytes, at + 6, message.operation === 'request' ? 1 : 2);
  writeMac(bytes, at + 8, message.senderMac);
  writeAddress(bytes, at + 14, message.senderAddress);
  writeMac(bytes, at + 18, message.targetMac);
  writeAddress(bytes, at + 24, message.targetAddress);
}
