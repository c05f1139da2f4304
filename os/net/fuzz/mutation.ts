/** What is done to frames. Every function takes one and gives one or several, which may be the same memory. */
import { below, type Random } from '../environment/random.ts';
import { put16, put32, u16, u32 } from '../wire/bytes.ts';
import { ethernetHeader, etherTypes } from '../wire/ethernet.ts';
import { ipv6Header } from '../wire/ipv6.ts';

export interface Surroundings {
  readonly random: Random;
  /** Another frame. */
  readonly other: () => Uint8Array;
  /** A frame that the host itself has sent lately. */
  readonly own: () => Uint8Array | undefined;
  /** Addresses as bytes that mean something: the host's, groups, neighbours, nobody's. */
  readonly addresses: { readonly 4: readonly Uint8Array[]; readonly 6: readonly Uint8Array[] };
}

type Mutation = (frame: Uint8Array, surroundings: Surroundings) => Uint8Array | Uint8Array[];

/** Longer frames are none: a link has an MTU. */
export const longest = ethernetHeader + 1500;

const interesting8 = [0, 1, 2, 4, 5, 6, 7, 16, 20, 31, 32, 60, 63, 64, 127, 128, 254, 255] as const;
const interesting16 = [0, 1, 7, 8, 20, 28, 40, 68, 255, 256, 576, 1280, 1500, 32_767, 32_768, 65_528, 65_535] as const;
const interesting32 = [0, 1, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 7200, 1800] as const;

const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)] as T;

/** A place behind the Ethernet header; headers are likelier than payload. */
function place(random: Random, frame: Uint8Array, width: number): number | undefined {
  const room = frame.length - ethernetHeader - width + 1;
  if (room <= 0) return undefined;
  return ethernetHeader + below(random, below(random, 4) === 0 ? room : Math.min(room, 80));
}

const at =
  (width: number, change: (frame: Uint8Array, place: number, random: Random) => void): Mutation =>
  (frame, { random }) => {
    const where = place(random, frame, width);
    if (where !== undefined) change(frame, where, random);
    return frame;
  };

const isIpv4 = (frame: Uint8Array): boolean => u16(frame, 12) === etherTypes.ipv4 && frame.length >= 34;
const isIpv6 = (frame: Uint8Array): boolean => u16(frame, 12) === etherTypes.ipv6 && frame.length >= 54;

/** Where the transport of an IPv4 packet, or of an IPv6 packet without extension headers, starts. */
const transportOf = (frame: Uint8Array): number =>
  isIpv4(frame) ? ethernetHeader + ((frame[ethernetHeader] as number) & 15) * 4 : ethernetHeader + ipv6Header;
const protocolOf = (frame: Uint8Array): number =>
  isIpv4(frame) ? (frame[ethernetHeader + 9] as number) : isIpv6(frame) ? (frame[ethernetHeader + 6] as number) : -1;

function insert(frame: Uint8Array, where: number, bytes: Uint8Array): Uint8Array {
  const longer = new Uint8Array(Math.min(longest, frame.length + bytes.length));
  longer.set(frame.subarray(0, where));
  longer.set(bytes.subarray(0, longer.length - where), where);
  longer.set(
    frame.subarray(where, Math.max(where, longer.length - bytes.length)),
    Math.min(longer.length, where + bytes.length),
  );
  return longer;
}

const flipBit = at(1, (frame, where, random) => {
  frame[where] = (frame[where] as number) ^ (1 << below(random, 8));
});
const setByte = at(1, (frame, where, random) => {
  frame[where] = below(random, 2) === 0 ? pick(random, interesting8) : below(random, 256);
});
const setWord = at(2, (frame, where, random) => put16(frame, where, pick(random, interesting16)));
const setLong = at(4, (frame, where, random) => put32(frame, where, pick(random, interesting32)));
const count = at(4, (frame, where, random) => put32(frame, where, (u32(frame, where) + below(random, 9) - 4) >>> 0));

const cut: Mutation = (frame, { random }) =>
  frame.slice(0, ethernetHeader + below(random, frame.length - ethernetHeader + 1));

const grow: Mutation = (frame, { random }) => {
  const where = place(random, frame, 1);
  return where === undefined ? frame : insert(frame, where, random.bytes(1 + below(random, 40)));
};

/** A part of the frame once more: options twice, or a hundred times. */
const repeat: Mutation = (frame, { random }) => {
  const where = place(random, frame, 4);
  if (where === undefined) return frame;
  const part = frame.slice(where, where + 2 + below(random, 30));
  const times = 1 + below(random, below(random, 8) === 0 ? 40 : 3);
  const bytes = new Uint8Array(part.length * times);
  for (let time = 0; time < times; time++) bytes.set(part, time * part.length);
  return insert(frame, where, bytes);
};

/** The start of one and the end of another. */
const splice: Mutation = (frame, { random, other }) => {
  const second = other();
  const where = place(random, frame, 1) ?? ethernetHeader;
  const from = Math.min(place(random, second, 1) ?? second.length, second.length);
  const joined = new Uint8Array(Math.min(longest, where + second.length - from));
  joined.set(frame.subarray(0, Math.min(where, joined.length)));
  joined.set(second.subarray(from, from + joined.length - where), where);
  return joined;
};

/** Another source or destination. */
const readdress: Mutation = (frame, { random, addresses }) => {
  const second = below(random, 2);
  if (isIpv4(frame)) frame.set(pick(random, addresses[4]), ethernetHeader + 12 + 4 * second);
  else if (isIpv6(frame)) frame.set(pick(random, addresses[6]), ethernetHeader + 8 + 16 * second);
  else if (frame.length >= 42) frame.set(pick(random, addresses[4]), second === 0 ? 28 : 38);
  return frame;
};

/** An address somewhere in the payload: targets, prefixes, servers. */
const readdressWithin: Mutation = (frame, { random, addresses }) => {
  const pool = addresses[below(random, 2) === 0 ? 4 : 6];
  const where = place(random, frame, 16);
  if (where !== undefined) frame.set(pick(random, pool), where);
  return frame;
};

/** Off the link, or of another kind: hop limits are what many messages are judged by. */
const hops: Mutation = (frame, { random }) => {
  if (isIpv4(frame)) frame[ethernetHeader + 8] = pick(random, [0, 1, 64, 254, 255]);
  else if (isIpv6(frame)) frame[ethernetHeader + 7] = pick(random, [0, 1, 64, 254, 255]);
  return frame;
};

/** Sequence, acknowledgement, window and flags of a segment, close to what they should be. */
const segment: Mutation = (frame, { random }) => {
  const start = transportOf(frame);
  if (protocolOf(frame) !== 6 || frame.length < start + 20) return frame;
  const near = [0, 1, -1, 2, 1460, -1460, 65_535, -65_535, 2 ** 31, 2 ** 20];
  if (below(random, 2) === 0) put32(frame, start + 4, (u32(frame, start + 4) + pick(random, near)) >>> 0);
  if (below(random, 2) === 0) put32(frame, start + 8, (u32(frame, start + 8) + pick(random, near)) >>> 0);
  if (below(random, 2) === 0)
    frame[start + 13] = pick(random, [0, 1, 2, 4, 16, 17, 18, 20, 24, 41, 63, 194, below(random, 256)]);
  if (below(random, 4) === 0) put16(frame, start + 14, pick(random, interesting16));
  return frame;
};

/** Options in an IPv4 header: record route, timestamps, source routes, padding, nonsense. */
const optionsOf4: Mutation = (frame, { random }) => {
  if (!isIpv4(frame) || ((frame[ethernetHeader] as number) & 15) !== 5) return frame;
  const options = random.bytes(4 * (1 + below(random, 10)));
  const types = [0, 1, 7, 68, 131, 137, 148, 130, below(random, 256)];
  for (let next = 0; next + 3 < options.length; next += 4 + 4 * below(random, 3)) {
    options[next] = pick(random, types);
    options[next + 1] = pick(random, [0, 1, 2, 3, 4, 7, 8, 11, 40, 255]);
  }
  const longer = insert(frame, ethernetHeader + 20, options);
  longer[ethernetHeader] = 0x45 + options.length / 4;
  return longer;
};

/** Extension headers before the payload. */
const headersOf6: Mutation = (frame, { random }) => {
  if (!isIpv6(frame)) return frame;
  let longer = frame;
  for (let left = 1 + below(random, below(random, 6) === 0 ? 12 : 3); left > 0; left--) {
    const header = new Uint8Array(8 * (1 + below(random, 3)));
    const options = random.bytes(header.length - 2);
    if (below(random, 2) === 0) options.fill(0);
    header.set([longer[ethernetHeader + 6] as number, header.length / 8 - 1, ...options]);
    if (below(random, 8) === 0) header[1] = below(random, 256);
    longer = insert(longer, ethernetHeader + ipv6Header, header);
    longer[ethernetHeader + 6] = pick(random, [0, 43, 44, 60, 60, 0, 51, 135, 139, 59]);
  }
  return longer;
};

/** In fragments, sometimes overlapping, doubled, out of order, or without one. */
const fragments: Mutation = (frame, { random }) => {
  const version4 = isIpv4(frame);
  if (!version4 && !isIpv6(frame)) return frame;
  const start = transportOf(frame);
  const payload = frame.slice(start);
  const size = 8 * (1 + below(random, below(random, 2) === 0 ? 4 : 60));
  const identification = below(random, 2) === 0 ? below(random, 4) : random.uint32();
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < payload.length && parts.length < 24; offset += size) {
    const overlap = below(random, 20) === 0 ? 8 : 0;
    const from = Math.max(0, offset - overlap);
    const part = payload.subarray(from, offset + size);
    const more = offset + size < payload.length;
    parts.push(
      version4
        ? fragment4(frame, part, from, more, identification)
        : fragment6(frame, part, from, more, identification),
    );
  }
  if (below(random, 3) === 0) parts.reverse();
  if (below(random, 6) === 0) parts.splice(below(random, parts.length), 1);
  if (below(random, 6) === 0 && parts[0] !== undefined) parts.push(parts[0].slice());
  return parts;
};

function fragment4(frame: Uint8Array, part: Uint8Array, offset: number, more: boolean, id: number): Uint8Array {
  const start = transportOf(frame);
  const bytes = new Uint8Array(start + part.length);
  bytes.set(frame.subarray(0, start));
  bytes.set(part, start);
  put16(bytes, ethernetHeader + 4, id & 0xffff);
  put16(bytes, ethernetHeader + 6, (more ? 0x2000 : 0) | (offset >> 3));
  return bytes;
}

function fragment6(frame: Uint8Array, part: Uint8Array, offset: number, more: boolean, id: number): Uint8Array {
  const start = ethernetHeader + ipv6Header;
  const bytes = new Uint8Array(Math.min(longest, start + 8 + part.length));
  bytes.set(frame.subarray(0, start));
  bytes[start] = frame[ethernetHeader + 6] as number;
  put16(bytes, start + 2, offset | (more ? 1 : 0));
  put32(bytes, start + 4, id);
  bytes.set(part.subarray(0, bytes.length - start - 8), start + 8);
  bytes[ethernetHeader + 6] = 44;
  return bytes;
}

const errors4 = [3, 4, 5, 11, 12] as const;
const errors6 = [1, 2, 3, 4, 127] as const;

/** An ICMP error about what the host has sent. */
const complaint: Mutation = (frame, { random, own }) => {
  const sent = own();
  if (sent === undefined || (!isIpv4(sent) && !isIpv6(sent))) return frame;
  const version4 = isIpv4(sent);
  const quoted = sent.subarray(ethernetHeader, ethernetHeader + 28 + below(random, 500));
  const start = ethernetHeader + (version4 ? 20 : ipv6Header);
  const bytes = new Uint8Array(start + 8 + quoted.length);
  bytes.set(sent.subarray(0, start));
  // Back to the sender.
  bytes.set(sent.subarray(6, 12), 0);
  bytes.set(sent.subarray(0, 6), 6);
  const length = version4 ? 4 : 16;
  const from = ethernetHeader + (version4 ? 12 : 8);
  bytes.set(sent.subarray(from + length, from + 2 * length), from);
  bytes.set(sent.subarray(from, from + length), from + length);
  if (version4) {
    bytes[ethernetHeader] = 0x45;
    bytes[ethernetHeader + 9] = 1;
    put16(bytes, ethernetHeader + 6, 0);
  } else bytes[ethernetHeader + 6] = 58;
  bytes[start] = pick<number>(random, version4 ? errors4 : errors6);
  bytes[start + 1] = below(random, 6);
  put32(bytes, start + 4, pick(random, [0, 68, 552, 576, 1280, 1400, 1499, 65_535, random.uint32()]));
  bytes.set(quoted, start + 8);
  return bytes;
};

/** Nothing: what was seen once more, later, or many times. */
const replay: Mutation = (frame, { random }) => new Array<Uint8Array>(1 + below(random, 3)).fill(frame);

/** What is a change for one kind of frame does nothing to others: those that fit everywhere are there often enough. */
export const mutations: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  setByte,
  setWord,
  setLong,
  count,
  cut,
  grow,
  repeat,
  splice,
  readdress,
  readdressWithin,
  hops,
  segment,
  segment,
  optionsOf4,
  headersOf6,
  fragments,
  complaint,
  replay,
];
