/** Packets of the Network Time Protocol, version 4 (RFC 5905, section 7.3), as far as a server of the lab needs them. */

/** Seconds from 1900, NTP's beginning, to 1970. */
const epoch = 2_208_988_800;
const packetLength = 48;

/** Version and mode in the first byte: leap indicator (2 bits), version (3), mode (3). */
const client = 3;
const server = 4;

/** Milliseconds since 1970 as a timestamp of 64 bits: seconds and their fraction. */
export function timestamp(milliseconds: number): bigint {
  const seconds = BigInt(Math.floor(milliseconds / 1000) + epoch);
  const fraction = BigInt(Math.floor(((milliseconds % 1000) / 1000) * 2 ** 32));
  return ((seconds & 0xffff_ffffn) << 32n) | fraction;
}

/**
 * The answer to a client's request.
 * @param received when the request came, milliseconds since 1970
 * @param now when the answer leaves
 * @returns undefined when it is no request
 */
export function answer(request: Uint8Array, received: number, now: number): Uint8Array | undefined {
  if (request.length < packetLength) return undefined;
  const asked = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const first = asked.getUint8(0);
  const version = (first >> 3) & 7;
  if ((first & 7) !== client || version < 1 || version > 4) return undefined;
  const bytes = new Uint8Array(packetLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (version << 3) | server);
  // Stratum 1: a clock of its own. Poll as asked; precision about a microsecond (2^-20 s).
  view.setUint8(1, 1);
  view.setUint8(2, asked.getUint8(2));
  view.setInt8(3, -20);
  // Root dispersion: 1/64 s, in seconds of 16.16 bits.
  view.setUint32(8, 0x400);
  bytes.set(new TextEncoder().encode('LOCL'), 12);
  view.setBigUint64(16, timestamp(now));
  // The client recognises its answer by its own transmit timestamp.
  view.setBigUint64(24, asked.getBigUint64(40));
  view.setBigUint64(32, timestamp(received));
  view.setBigUint64(40, timestamp(now));
  return bytes;
}
