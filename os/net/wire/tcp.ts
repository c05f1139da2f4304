/** The TCP header: RFC 9293, section 3.1. */
import { clearOptions, readOptions, type TcpOptionFields, type Uint32 } from './tcp-options.ts';

/** Control bits. */
export const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

/** Bytes of a header without options. */
export const tcpHeaderLength = 20;
/** Where the checksum field is. */
export const tcpChecksumOffset = 16;

/**
 * A received segment. One object is filled again and again, because a stack reads a segment every few microseconds; what
 * outlives the reading is copied out of it.
 */
export class TcpSegment implements TcpOptionFields {
  sourcePort = 0;
  destinationPort = 0;
  sequence: Uint32 = 0;
  acknowledgement: Uint32 = 0;
  flags = 0;
  /** As it is in the field, not scaled. */
  window = 0;
  /** The payload, in the packet's bytes. */
  payloadStart = 0;
  payloadEnd = 0;

  maxSegment = 0;
  windowScale = -1;
  sackPermitted = false;
  hasTimestamps = false;
  timestamp: Uint32 = 0;
  timestampEcho: Uint32 = 0;
  sackCount = 0;
  readonly sackEdges = new Float64Array(8);

  get payloadLength(): number {
    return this.payloadEnd - this.payloadStart;
  }

  /** The length in sequence numbers: SYN and FIN count as one each. */
  get sequenceLength(): number {
    return this.payloadEnd - this.payloadStart + (this.flags & 1) + ((this.flags >> 1) & 1);
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }
}

const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
const uint32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)) >>>
  0;

/**
 * Reads the segment that lies in `bytes` from `start` to `end`.
 * @returns false when it is cut short or says nonsense about its own length; options that make no sense are passed over
 */
export function readTcp(bytes: Uint8Array, start: number, end: number, into: TcpSegment): boolean {
  if (end - start < tcpHeaderLength || end > bytes.length) return false;
  const headerLength = ((bytes[start + 12] as number) >> 4) * 4;
  if (headerLength < tcpHeaderLength || headerLength > end - start) return false;
  into.sourcePort = uint16(bytes, start);
  into.destinationPort = uint16(bytes, start + 2);
  into.sequence = uint32(bytes, start + 4);
  into.acknowledgement = uint32(bytes, start + 8);
  into.flags = bytes[start + 13] as number;
  into.window = uint16(bytes, start + 14);
  into.payloadStart = start + headerLength;
  into.payloadEnd = end;
  clearOptions(into);
  if (headerLength > tcpHeaderLength) readOptions(bytes, start + tcpHeaderLength, start + headerLength, into);
  return true;
}

/** What of a quoted header (RFC 792: its first eight bytes) tells whose segment it was; undefined when it is shorter. */
export function readQuotedTcp(
  bytes: Uint8Array,
  start: number,
  end: number,
): { sourcePort: number; destinationPort: number; sequence: Uint32 } | undefined {
  if (end - start < 8 || end > bytes.length) return undefined;
  return {
    sourcePort: uint16(bytes, start),
    destinationPort: uint16(bytes, start + 2),
    sequence: uint32(bytes, start + 4),
  };
}

/** Writes the fixed part of a header; the checksum is left 0, options follow at `start + 20`. */
export function writeTcpHeader(
  view: DataView,
  start: number,
  sourcePort: number,
  destinationPort: number,
  sequence: Uint32,
  acknowledgement: Uint32,
  headerLength: number,
  flags: number,
  window: number,
): void {
  view.setUint16(start, sourcePort);
  view.setUint16(start + 2, destinationPort);
  view.setUint32(start + 4, sequence);
  view.setUint32(start + 8, acknowledgement);
  view.setUint16(start + 12, (headerLength << 10) | flags);
  view.setUint16(start + 14, window);
  view.setUint32(start + 16, 0);
}
