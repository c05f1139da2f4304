/** Frames as a capture shows them: with the checksums that are left to hardware when they are sent or received. */
import { checksum, sum } from '../../wire/checksum.ts';
import type { Unfinished } from '../link.ts';

/** UDP's field, where 0 means that there is no checksum: RFC 768. */
const udpChecksumOffset = 6;

/** Completes the checksum of a frame that was about to be sent, in place. */
export function completeSent(frame: Uint8Array, { checksumStart, checksumOffset }: Unfinished): void {
  const field = checksumStart + checksumOffset;
  if (field + 2 > frame.length) return;
  // The pseudo-header's sum is in the field, and so is counted.
  writeChecksum(frame, field, sum(frame, checksumStart, frame.length), checksumOffset);
}

function writeChecksum(frame: Uint8Array, field: number, total: number, offset: number): void {
  const value = checksum(total);
  const written = value === 0 && offset === udpChecksumOffset ? 0xffff : value;
  frame[field] = written >> 8;
  frame[field + 1] = written & 0xff;
}

/** Where the checksum is in the transport's header, by protocol. */
const checksumOffsets: ReadonlyMap<number, number> = new Map([
  [6, 16],
  [17, udpChecksumOffset],
]);

/**
 * Completes the TCP or UDP checksum of a received frame whose checksum is known to be right but may never have been
 * computed, in place. One that was computed stays what it is.
 */
export function completeReceived(frame: Uint8Array): void {
  const found = transportOf(frame);
  if (found === undefined) return;
  const { start, end, protocol, addresses, addressLength } = found;
  const offset = checksumOffsets.get(protocol);
  if (offset === undefined || start + offset + 2 > end) return;
  const field = start + offset;
  if (protocol === 17 && frame[field] === 0 && frame[field + 1] === 0) return;
  frame[field] = 0;
  frame[field + 1] = 0;
  const length = end - start;
  const pseudo = sum(frame, addresses, addresses + 2 * addressLength, protocol + (length & 0xffff) + (length >>> 16));
  writeChecksum(frame, field, sum(frame, start, end, pseudo), offset);
}

/** The transport's part of an unfragmented packet, and where its addresses are. */
function transportOf(frame: Uint8Array) {
  if (frame.length < 14) return undefined;
  const type = half(frame, 12);
  return type === 0x0800 ? ofIpv4(frame) : type === 0x86dd ? ofIpv6(frame) : undefined;
}

const half = (frame: Uint8Array, at: number): number => ((frame[at] as number) << 8) | (frame[at + 1] as number);

/** RFC 791, section 3.1. */
function ofIpv4(frame: Uint8Array) {
  if (frame.length < 34) return undefined;
  const start = 14 + ((frame[14] as number) & 15) * 4;
  const end = Math.min(14 + half(frame, 16), frame.length);
  // More fragments, or an offset: the checksum is that of the whole packet.
  if (start < 34 || start > end || (half(frame, 20) & 0x3fff) !== 0) return undefined;
  return { start, end, protocol: frame[23] as number, addresses: 26, addressLength: 4 };
}

/** RFC 8200, section 3; packets with extension headers stay as they are. */
function ofIpv6(frame: Uint8Array) {
  if (frame.length < 54) return undefined;
  const end = Math.min(54 + half(frame, 18), frame.length);
  return { start: 54, end, protocol: frame[20] as number, addresses: 22, addressLength: 16 };
}
