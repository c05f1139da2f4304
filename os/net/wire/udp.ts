/** The UDP header: RFC 768. */
import { put16, u16 } from './bytes.ts';

export const udpHeader = 8;
export const udpChecksumOffset = 6;

export interface UdpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** 0: the sender computed none. */
  readonly checksum: number;
  readonly start: number;
  readonly end: number;
}

/** The datagram from `start` on; undefined when it is cut short. */
export function parseUdp(bytes: Uint8Array, start: number, end: number): UdpHeader | undefined {
  if (end - start < udpHeader) return undefined;
  const length = u16(bytes, start + 4);
  if (length < udpHeader || start + length > end) return undefined;
  return {
    sourcePort: u16(bytes, start),
    destinationPort: u16(bytes, start + 2),
    checksum: u16(bytes, start + 6),
    start: start + udpHeader,
    end: start + length,
  };
}

/** Writes a header of {@link udpHeader} bytes at `at`; whoever sends it completes the checksum. */
export function emitUdp(bytes: Uint8Array, at: number, source: number, destination: number, payload: number): void {
  put16(bytes, at, source);
  put16(bytes, at + 2, destination);
  put16(bytes, at + 4, udpHeader + payload);
  put16(bytes, at + 6, 0);
}
