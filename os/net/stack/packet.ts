/** Packets under construction: the transport writes into the link's memory, or into ours where the way is not clear yet. */
import type { FrameRoom } from '../link/link.ts';
import type { OutgoingPacket, PacketOptions, SegmentFinish } from '../socket/network.ts';
import { type Address, isIpv4 } from '../wire/address.ts';
import { put16 } from '../wire/bytes.ts';
import { checksum, fold, pseudoHeader, sum } from '../wire/checksum.ts';
import { emitEthernet, ethernetHeader, etherTypes } from '../wire/ethernet.ts';
import { emitIpv4, ipv4Header } from '../wire/ipv4.ts';
import { emitIpv6, ipv6Header } from '../wire/ipv6.ts';
import type { MacAddress } from '../wire/mac.ts';
import type { Interface } from './interface.ts';

/** What a packet's headers say. */
export interface Addressing {
  readonly on: Interface;
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly options: PacketOptions | undefined;
}

/** Length of the IP header that we write for this family. */
export const headerLength = (address: Address): number => (isIpv4(address) ? ipv4Header : ipv6Header);

/** RFC 768: a computed checksum of zero is sent as all ones. The other protocols' sums may say so too: both mean zero. */
const inField = (value: number): number => (value === 0 ? 0xffff : value);

/** Computes a transport checksum in full. */
export function completeChecksum(
  bytes: Uint8Array,
  start: number,
  length: number,
  { source, destination, protocol }: Pick<Addressing, 'source' | 'destination' | 'protocol'>,
  offset: number,
): void {
  put16(bytes, start + offset, 0);
  // ICMP for IPv4 has no pseudo-header: RFC 792.
  const pseudo = protocol === 1 ? 0 : pseudoHeader(source, destination, protocol, length);
  const value = checksum(sum(bytes, start, start + length, pseudo));
  put16(bytes, start + offset, protocol === 17 ? inField(value) : value);
}

/** Writes Ethernet and IP headers in front of a payload that is in place already. @returns where the payload starts */
function writeHeaders(
  room: FrameRoom,
  { on, source, destination, protocol, options }: Addressing,
  mac: MacAddress,
  payloadLength: number,
  identification: number,
): number {
  const { bytes, start } = room;
  const ip = start + ethernetHeader;
  if (isIpv4(destination)) {
    emitEthernet(bytes, start, mac, on.mac, etherTypes.ipv4);
    emitIpv4(bytes, ip, {
      source,
      destination,
      protocol,
      hopLimit: options?.hopLimit ?? on.hopLimitTo(destination),
      identification,
      dontFragment: options?.dontFragment === true,
      payloadLength,
    });
    return ip + ipv4Header;
  }
  emitEthernet(bytes, start, mac, on.mac, etherTypes.ipv6);
  const hopLimit = options?.hopLimit ?? on.hopLimitTo(destination);
  emitIpv6(bytes, ip, { source, destination, nextHeader: protocol, hopLimit, payloadLength });
  return ip + ipv6Header;
}

/** Hands a frame over whose payload is in place: headers in front, checksum by the link if it can. */
export function commitFrame(
  room: FrameRoom,
  addressing: Addressing,
  mac: MacAddress,
  length: number,
  finish: SegmentFinish,
  identification: number,
): void {
  const payload = writeHeaders(room, addressing, mac, length, identification);
  const frame = payload - room.start + length;
  const { source, destination, protocol, on } = addressing;
  // Links finish what they know: TCP and UDP.
  if (!on.link.offload.checksum || (protocol !== 6 && protocol !== 17)) {
    completeChecksum(room.bytes, payload, length, addressing, finish.checksumOffset);
    room.commit(frame);
    return;
  }
  put16(room.bytes, payload + finish.checksumOffset, fold(pseudoHeader(source, destination, protocol, length)));
  const size = finish.segmentSize;
  const cut = size !== undefined && length - (finish.headerLength ?? 0) > size;
  room.commit(frame, {
    checksumStart: payload - room.start,
    checksumOffset: finish.checksumOffset,
    ...(cut && { segment: { size, family: isIpv4(destination) ? 4 : 6 } }),
  });
}

/** A packet in the link's memory. Each interface has one, used again and again: only one is under construction at a time. */
export class DirectPacket implements OutgoingPacket {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  start = 0;
  #room: FrameRoom | undefined;
  #addressing: Addressing | undefined;
  #mac: MacAddress | undefined;
  readonly #nextIdentification: (destination: Address) => number;
  readonly #onSent: () => void;

  constructor(nextIdentification: (destination: Address) => number, onSent: () => void) {
    this.#nextIdentification = nextIdentification;
    this.#onSent = onSent;
  }

  open(room: FrameRoom, addressing: Addressing, mac: MacAddress): this {
    this.bytes = room.bytes;
    this.view = room.view;
    this.start = room.start + ethernetHeader + headerLength(addressing.destination);
    this.#room = room;
    this.#addressing = addressing;
    this.#mac = mac;
    return this;
  }

  send(length: number, finish: SegmentFinish): void {
    if (this.#room === undefined || this.#addressing === undefined || this.#mac === undefined) return;
    const room = this.#room;
    this.#room = undefined;
    const { destination } = this.#addressing;
    // Only IPv4's header has one.
    const identification = isIpv4(destination) ? this.#nextIdentification(destination) & 0xffff : 0;
    commitFrame(room, this.#addressing, this.#mac, length, finish, identification);
    this.#onSent();
  }

  cancel(): void {
    this.#room?.cancel();
    this.#room = undefined;
  }
}

/** A packet in memory of its own, for what cannot go straight to a link: it waits, is cut into fragments, or comes back. */
export class DetachedPacket implements OutgoingPacket {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start = 0;
  readonly #deliver: (payload: Uint8Array, finish: SegmentFinish) => void;

  constructor(length: number, deliver: (payload: Uint8Array, finish: SegmentFinish) => void) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
    this.#deliver = deliver;
  }

  send(length: number, finish: SegmentFinish): void {
    this.#deliver(this.bytes.subarray(0, length), finish);
  }

  cancel(): void {}
}
