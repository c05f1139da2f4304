/**
 * The receiving half: a ring of slots that the kernel fills with frames and that is mapped into our memory. A slot fits a
 * frame of an ordinary MTU. What is longer (super-frames, which the kernel put together, and jumbo frames) is queued whole
 * at the socket, and its slot says so: docs/decisions/009-packet-rings.md.
 */
import { constants } from 'node:os';
import {
  PACKET_COPY_THRESH,
  PACKET_OTHERHOST,
  PACKET_RX_RING,
  PACKET_STATISTICS,
  PACKET_VERSION,
  slotAddress,
  sockaddrLl,
  TP_STATUS_COPY,
  TP_STATUS_CSUM_VALID,
  TP_STATUS_KERNEL,
  TP_STATUS_LOSING,
  TP_STATUS_USER,
  TP_STATUS_VLAN_VALID,
  TPACKET_V2,
  tpacket2,
  tpacketReq,
  tpacketStats,
} from '../../../syscall/abi/if-packet.ts';
import { SO_RCVBUF, SO_RCVBUFFORCE, SOL_PACKET } from '../../../syscall/abi/socket.ts';
import { virtioNet } from '../../../syscall/abi/virtio-net.ts';
import type { NetworkKernel } from '../../../syscall/network.ts';
import type { FrameInfo } from '../link.ts';
import { readFrameInfo } from './offload.ts';
import { intOption, setBuffer } from './option.ts';

export interface RingGeometry {
  /** Bytes a slot; a power of two. */
  readonly slotSize: number;
  readonly slots: number;
  /** Bytes of super-frames that may wait beside the ring, as the kernel counts them. */
  readonly queued: number;
}

/** Slots come in blocks of at least this many bytes, each one piece of physical memory. */
const leastBlock = 64 * 1024;
/** Longest frame: 64 KiB of IP packet, Ethernet and virtio header, and some air. */
const longest = 65_536 + 256;

type OnFrame = (bytes: Uint8Array, start: number, end: number, info: FrameInfo) => void;

export class ReceiveRing {
  readonly #kernel: NetworkKernel;
  readonly #fd: number;
  readonly #geometry: RingGeometry;
  readonly #memory: ArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #halves: Uint16Array;
  readonly #words: Int32Array;
  /** Where frames go that did not fit into their slots; made when the first one comes. */
  #long: Uint8Array | undefined;
  /** Offset of the slot that is filled next. */
  #next = 0;
  #closed = false;
  #dropped = 0;
  frames = 0;
  octets = 0;

  /** Makes the ring of a socket that is not bound yet. @throws SystemCallError */
  constructor(kernel: NetworkKernel, fd: number, geometry: RingGeometry) {
    this.#kernel = kernel;
    this.#fd = fd;
    this.#geometry = geometry;
    const length = geometry.slotSize * geometry.slots;
    const blockSize = Math.max(leastBlock, geometry.slotSize);
    const request = new DataView(new ArrayBuffer(tpacketReq.size));
    request.setUint32(tpacketReq.blockSize, blockSize, true);
    request.setUint32(tpacketReq.blockCount, length / blockSize, true);
    request.setUint32(tpacketReq.frameSize, geometry.slotSize, true);
    request.setUint32(tpacketReq.frameCount, geometry.slots, true);
    kernel.setOption(fd, SOL_PACKET, PACKET_VERSION, intOption(TPACKET_V2));
    kernel.setOption(fd, SOL_PACKET, PACKET_COPY_THRESH, intOption(1));
    // The kernel doubles what it is asked for: socket(7).
    setBuffer(kernel, fd, SO_RCVBUFFORCE, SO_RCVBUF, geometry.queued / 2);
    kernel.setOption(fd, SOL_PACKET, PACKET_RX_RING, request.buffer);
    this.#memory = kernel.map(fd, length);
    this.#bytes = new Uint8Array(this.#memory);
    this.#halves = new Uint16Array(this.#memory);
    this.#words = new Int32Array(this.#memory);
  }

  /**
   * Hands over at most `frames` frames and about `octets` bytes, in the order of their arrival.
   * @returns how many slots it emptied
   */
  drain(frames: number, octets: number, onFrame: OnFrame): number {
    const { slotSize } = this.#geometry;
    const last = slotSize * (this.#geometry.slots - 1);
    const until = this.octets + octets;
    let losing = 0;
    let done = 0;
    for (; done < frames && this.octets < until; done++) {
      const slot = this.#next;
      const word = slot >> 2;
      // Atomics order this before the reading of what the kernel wrote, and the return after it.
      const status = Atomics.load(this.#words, word);
      if ((status & TP_STATUS_USER) === 0) break;
      losing |= status & TP_STATUS_LOSING;
      this.#next = slot === last ? 0 : slot + slotSize;
      try {
        this.#handOver(slot, status, onFrame);
      } finally {
        if (!this.#closed) Atomics.store(this.#words, word, TP_STATUS_KERNEL);
      }
      if (this.#closed) return done + 1;
    }
    if (losing !== 0) this.#readStatistics();
    return done;
  }

  #handOver(slot: number, status: number, onFrame: OnFrame): void {
    const length = this.#words[(slot + tpacket2.length) >> 2] as number;
    const captured = this.#words[(slot + tpacket2.captured) >> 2] as number;
    const start = slot + (this.#halves[(slot + tpacket2.frame) >> 1] as number);
    // It is taken off the socket's queue whether it is wanted or not.
    const long = (status & TP_STATUS_COPY) === 0 ? undefined : this.#receiveLong();
    // There are no VLANs here, and what others are sent is none of our business.
    if ((status & TP_STATUS_VLAN_VALID) !== 0) return;
    if (this.#bytes[slot + slotAddress + sockaddrLl.kind] === PACKET_OTHERHOST) return;
    const verified = (status & TP_STATUS_CSUM_VALID) !== 0;
    if (captured === length) {
      this.#count(length);
      onFrame(this.#bytes, start, start + length, readFrameInfo(this.#bytes, start, verified));
    } else if (long !== undefined && long.length === length) {
      this.#count(length);
      const { bytes } = long;
      onFrame(bytes, virtioNet.size, virtioNet.size + length, readFrameInfo(bytes, virtioNet.size, verified));
    } else this.#dropped++;
  }

  #count(length: number): void {
    this.frames++;
    this.octets += length;
  }

  #receiveLong(): { bytes: Uint8Array; length: number } | undefined {
    this.#long ??= new Uint8Array(longest);
    const bytes = this.#long;
    const memory = bytes.buffer as ArrayBuffer;
    let received = this.#kernel.receive(this.#fd, memory);
    // An error of the socket (its interface went down) comes first, once.
    if (received < 0 && received !== -constants.errno.EAGAIN) received = this.#kernel.receive(this.#fd, memory);
    const length = received - virtioNet.size;
    return length < 0 || received > longest ? undefined : { bytes, length };
  }

  /** Frames that the kernel had no room for. */
  get dropped(): number {
    if (!this.#closed) this.#readStatistics();
    return this.#dropped;
  }

  #readStatistics(): void {
    const statistics = new ArrayBuffer(tpacketStats.size);
    // Reading sets them back to zero.
    this.#kernel.getOption(this.#fd, SOL_PACKET, PACKET_STATISTICS, statistics);
    this.#dropped += new DataView(statistics).getUint32(tpacketStats.drops, true);
  }

  /** Unmaps the ring. The frame that is being handed over, if any, is an empty one from then on. */
  close(): void {
    if (this.#closed) return;
    this.#readStatistics();
    this.#closed = true;
    this.#kernel.unmap(this.#memory);
  }
}
