/** TCP's options: RFC 9293, section 3.2; RFC 7323 (window scale, timestamps); RFC 2018 (selective acknowledgement). */

/** A number from 0 to 2^32 − 1. */
export type Uint32 = number;

/** IANA, "TCP Option Kind Numbers". */
const kinds = { end: 0, nothing: 1, maxSegment: 2, windowScale: 3, sackPermitted: 4, sack: 5, timestamps: 8 } as const;

/** What the options of a received segment say. */
export interface TcpOptionFields {
  /** 0: not given. */
  maxSegment: number;
  /** −1: not given. */
  windowScale: number;
  sackPermitted: boolean;
  hasTimestamps: boolean;
  timestamp: Uint32;
  timestampEcho: Uint32;
  /** Blocks in `sackEdges`, left and right edge of each. */
  sackCount: number;
  readonly sackEdges: Float64Array;
}

export function clearOptions(into: TcpOptionFields): void {
  into.maxSegment = 0;
  into.windowScale = -1;
  into.sackPermitted = false;
  into.hasTimestamps = false;
  into.sackCount = 0;
}

const uint32 = (bytes: Uint8Array, at: number): Uint32 =>
  (((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)) >>>
  0;

/** Two times "nothing", then timestamps, as RFC 7323, appendix A, recommends and everybody sends. */
const usualTimestamps = 0x0101080a;

/** Reads the options from `start` to `end`. Stops at the first that makes no sense; what came before it counts. */
export function readOptions(bytes: Uint8Array, start: number, end: number, into: TcpOptionFields): void {
  let at = start;
  if (end - start >= 12 && uint32(bytes, start) === usualTimestamps) {
    readTimestamps(bytes, start + 4, into);
    at += 12;
  }
  while (at < end) {
    const kind = bytes[at] as number;
    if (kind === kinds.end) return;
    if (kind === kinds.nothing) {
      at++;
      continue;
    }
    const length = at + 1 < end ? (bytes[at + 1] as number) : 0;
    if (length < 2 || at + length > end) return;
    readOption(bytes, at + 2, kind, length - 2, into);
    at += length;
  }
}

function readOption(bytes: Uint8Array, at: number, kind: number, length: number, into: TcpOptionFields): void {
  if (kind === kinds.maxSegment && length === 2) {
    into.maxSegment = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  } else if (kind === kinds.windowScale && length === 1) {
    // RFC 7323, section 2.3: more than 14 means 14.
    into.windowScale = Math.min(14, bytes[at] as number);
  } else if (kind === kinds.sackPermitted && length === 0) into.sackPermitted = true;
  else if (kind === kinds.timestamps && length === 8) readTimestamps(bytes, at, into);
  else if (kind === kinds.sack && length >= 8 && length <= 32 && length % 8 === 0) {
    into.sackCount = length / 8;
    for (let edge = 0; edge < into.sackCount * 2; edge++) into.sackEdges[edge] = uint32(bytes, at + edge * 4);
  }
}

function readTimestamps(bytes: Uint8Array, at: number, into: TcpOptionFields): void {
  into.hasTimestamps = true;
  into.timestamp = uint32(bytes, at);
  into.timestampEcho = uint32(bytes, at + 4);
}

/** Bytes of the timestamps option with its padding. */
export const timestampsLength = 12;
/** Bytes of a selective acknowledgement of so many blocks, with its padding. */
export const sackLength = (blocks: number): number => (blocks === 0 ? 0 : 4 + blocks * 8);

/** Writes the timestamps option at `at`, and returns where it ends. */
export function writeTimestamps(view: DataView, at: number, timestamp: Uint32, echo: Uint32): number {
  view.setUint32(at, usualTimestamps);
  view.setUint32(at + 4, timestamp);
  view.setUint32(at + 8, echo);
  return at + timestampsLength;
}

/** Writes a selective acknowledgement of `edges` (left, right, left, …) at `at`, and returns where it ends. */
export function writeSack(view: DataView, at: number, edges: readonly Uint32[]): number {
  view.setUint16(at, (kinds.nothing << 8) | kinds.nothing);
  view.setUint8(at + 2, kinds.sack);
  view.setUint8(at + 3, 2 + edges.length * 4);
  let end = at + 4;
  for (const edge of edges) {
    view.setUint32(end, edge);
    end += 4;
  }
  return end;
}

/** What a SYN says of its sender; undefined fields are left out. */
export interface SynOptions {
  readonly maxSegment: number;
  readonly windowScale: number | undefined;
  readonly sackPermitted: boolean;
  readonly timestamps: { readonly value: Uint32; readonly echo: Uint32 } | undefined;
}

/** Bytes that {@link writeSynOptions} writes. */
export const synOptionsLength = (options: SynOptions): number =>
  4 +
  (options.windowScale === undefined ? 0 : 4) +
  (options.timestamps === undefined ? 0 : timestampsLength) +
  (options.sackPermitted ? 4 : 0);

/** Writes the options of a SYN at `at`, each padded to four bytes, and returns where they end. */
export function writeSynOptions(view: DataView, at: number, options: SynOptions): number {
  view.setUint32(at, (kinds.maxSegment << 24) | (4 << 16) | options.maxSegment);
  let end = at + 4;
  if (options.sackPermitted) {
    view.setUint32(end, (kinds.nothing << 24) | (kinds.nothing << 16) | (kinds.sackPermitted << 8) | 2);
    end += 4;
  }
  if (options.timestamps !== undefined) {
    end = writeTimestamps(view, end, options.timestamps.value, options.timestamps.echo);
  }
  if (options.windowScale !== undefined) {
    view.setUint32(end, (kinds.nothing << 24) | (kinds.windowScale << 16) | (3 << 8) | options.windowScale);
    end += 4;
  }
  return end;
}
