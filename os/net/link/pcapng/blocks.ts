/**
 * The blocks of a capture file: draft-ietf-opsawg-pcapng. Pure: values in, bytes out, in little-endian order.
 */

/** Sections 4.1, 4.2, 4.3 and 4.6. */
const blockType = { section: 0x0a0d0d0a, interface: 1, statistics: 5, packet: 6 } as const;
/** Section 4.1: tells the order of bytes. */
const byteOrderMagic = 0x1a2b3c4d;
/** LINKTYPE_ETHERNET; draft-ietf-opsawg-pcaplinktype. */
const ethernet = 1;
/** Options, by the block that has them. */
const option = {
  end: 0,
  section: { application: 4 },
  interface: { name: 2, resolution: 9 },
  packet: { flags: 2 },
  statistics: { received: 4, dropped: 5 },
} as const;
/** Section 4.3.1, bits 0 and 1 of the flags. */
const directions = { inbound: 1, outbound: 2 } as const;

export type Direction = keyof typeof directions;

type Option = readonly [code: number, value: Uint8Array];

const encoder = new TextEncoder();
const padded = (length: number): number => (length + 3) & -4;

/** A block around a body whose fields were written by `write`, followed by `payload` and options. */
function block(
  type: number,
  fixed: number,
  write: (fields: DataView) => void,
  payload: Uint8Array,
  options: readonly Option[],
): Uint8Array {
  const optionBytes = options.reduce((total, [, value]) => total + 4 + padded(value.length), 4);
  const length = 8 + fixed + padded(payload.length) + optionBytes + 4;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  write(new DataView(bytes.buffer, 8, fixed));
  bytes.set(payload, 8 + fixed);
  let at = 8 + fixed + padded(payload.length);
  for (const [code, value] of [...options, [option.end, nothing] as const]) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(at, length, true);
  return bytes;
}

const nothing = new Uint8Array();

/** Begins a file; the interfaces of its packets follow. */
export function sectionHeader(application: string): Uint8Array {
  const write = (fields: DataView): void => {
    fields.setUint32(0, byteOrderMagic, true);
    fields.setUint16(4, 1, true);
    // The section's length is not known.
    fields.setBigInt64(8, -1n, true);
  };
  return block(blockType.section, 16, write, nothing, [[option.section.application, encoder.encode(application)]]);
}

/** Describes the next interface; the first one is number 0. Of each frame at most `snapLength` bytes are kept. */
export function interfaceDescription(name: string, snapLength: number): Uint8Array {
  const write = (fields: DataView): void => {
    fields.setUint16(0, ethernet, true);
    fields.setUint32(4, snapLength, true);
  };
  return block(blockType.interface, 8, write, nothing, [
    [option.interface.name, encoder.encode(name)],
    // Timestamps are in units of 10^-9 seconds.
    [option.interface.resolution, Uint8Array.of(9)],
  ]);
}

export interface CapturedPacket {
  /** Number of the interface. */
  readonly interface: number;
  /** Milliseconds since 1970, with fractions. */
  readonly time: number;
  readonly direction: Direction;
  /** What is kept of the frame. */
  readonly frame: Uint8Array;
  /** Bytes of the whole frame. */
  readonly length: number;
}

/** One frame. */
export function enhancedPacket(packet: CapturedPacket): Uint8Array {
  const write = (fields: DataView): void => {
    fields.setUint32(0, packet.interface, true);
    writeTime(fields, 4, packet.time);
    fields.setUint32(12, packet.frame.length, true);
    fields.setUint32(16, packet.length, true);
  };
  const flags = Uint8Array.of(directions[packet.direction], 0, 0, 0);
  return block(blockType.packet, 20, write, packet.frame, [[option.packet.flags, flags]]);
}

/** What came of an interface: frames that were seen, and those of them that are missing in the file. */
export function interfaceStatistics(number: number, time: number, received: number, dropped: number): Uint8Array {
  const write = (fields: DataView): void => {
    fields.setUint32(0, number, true);
    writeTime(fields, 4, time);
  };
  const count = (value: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
  return block(blockType.statistics, 12, write, nothing, [
    [option.statistics.received, count(received)],
    [option.statistics.dropped, count(dropped)],
  ]);
}

/** Nanoseconds in 64 bits, the high half first. */
function writeTime(fields: DataView, at: number, milliseconds: number): void {
  const whole = Math.floor(milliseconds);
  const nanoseconds = BigInt(whole) * 1_000_000n + BigInt(Math.floor((milliseconds - whole) * 1e6));
  fields.setUint32(at, Number(nanoseconds >> 32n), true);
  fields.setUint32(at + 4, Number(nanoseconds & 0xffffffffn), true);
}
