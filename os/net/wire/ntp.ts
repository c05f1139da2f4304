/** Packets of the Network Time Protocol: RFC 5905, section 7.3. */
import { put32, u32 } from './bytes.ts';

export const ntpPort = 123;
export const ntpModes = { client: 3, server: 4 } as const;

/** Seconds and fractions of 2^-32 s, both 32 bits: what a clock showed, in some era. 0 is not known. */
export type NtpTimestamp = bigint;

export interface NtpPacket {
  /** 3: its clock is not synchronised. */
  readonly leap: number;
  readonly version: number;
  readonly mode: number;
  /** 0: the packet is a kiss of death, and `reference` says which. */
  readonly stratum: number;
  /** Exponents of two, in seconds. */
  readonly poll: number;
  readonly precision: number;
  /** Seconds. */
  readonly rootDelay: number;
  readonly rootDispersion: number;
  /** Four bytes as characters. */
  readonly reference: string;
  readonly referenceTime: NtpTimestamp;
  readonly origin: NtpTimestamp;
  readonly receive: NtpTimestamp;
  readonly transmit: NtpTimestamp;
}

const packetLength = 48;

/** @returns undefined when it is too short. What follows the header, extensions and signatures, is not looked at. */
export function parseNtp(bytes: Uint8Array): NtpPacket | undefined {
  if (bytes.length < packetLength) return undefined;
  const first = bytes[0] as number;
  return {
    leap: first >> 6,
    version: (first >> 3) & 7,
    mode: first & 7,
    stratum: bytes[1] as number,
    poll: signed(bytes[2] as number),
    precision: signed(bytes[3] as number),
    // RFC 4330, section 4, has the sign that RFC 5905 dropped; a delay below zero is nonsense either way.
    rootDelay: u32(bytes, 4) / 65536,
    rootDispersion: u32(bytes, 8) / 65536,
    reference: String.fromCharCode(...bytes.subarray(12, 16)),
    referenceTime: timestamp(bytes, 16),
    origin: timestamp(bytes, 24),
    receive: timestamp(bytes, 32),
    transmit: timestamp(bytes, 40),
  };
}

const signed = (byte: number): number => (byte << 24) >> 24;

const timestamp = (bytes: Uint8Array, at: number): NtpTimestamp =>
  (BigInt(u32(bytes, at)) << 32n) | BigInt(u32(bytes, at + 4));

export function encodeNtp(packet: NtpPacket): Uint8Array {
  const bytes = new Uint8Array(packetLength);
  bytes[0] = (packet.leap << 6) | (packet.version << 3) | packet.mode;
  bytes[1] = packet.stratum;
  bytes[2] = packet.poll;
  bytes[3] = packet.precision;
  put32(bytes, 4, Math.round(packet.rootDelay * 65536));
  put32(bytes, 8, Math.round(packet.rootDispersion * 65536));
  for (let index = 0; index < 4; index++) bytes[12 + index] = packet.reference.charCodeAt(index);
  for (const [index, time] of [packet.referenceTime, packet.origin, packet.receive, packet.transmit].entries()) {
    put32(bytes, 16 + 8 * index, Number(time >> 32n));
    put32(bytes, 20 + 8 * index, Number(time & 0xffffffffn));
  }
  return bytes;
}

/** Seconds from 1900, where the first era begins, to 1970. */
const epoch = 2_208_988_800;
const era = 2 ** 32;

/**
 * The milliseconds since 1970 that a timestamp means: of all eras, which are 136 years long and of which the second begins in
 * 2036, the one that comes closest to `near`, also in milliseconds since 1970. RFC 5905, section 6.
 */
export function millisecondsOf(time: NtpTimestamp, near: number): number {
  const seconds = Number(time >> 32n) - epoch;
  const eras = Math.round((near / 1000 - seconds) / era);
  return (seconds + eras * era) * 1000 + (Number(time & 0xffffffffn) * 1000) / era;
}

/** The timestamp of a moment in milliseconds since 1970. */
export function timestampOf(milliseconds: number): NtpTimestamp {
  const seconds = Math.floor(milliseconds / 1000);
  const fraction = Math.floor(((milliseconds - seconds * 1000) / 1000) * era);
  return (BigInt.asUintN(32, BigInt(seconds + epoch)) << 32n) | BigInt(fraction);
}
