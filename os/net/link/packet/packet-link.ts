/** A network interface as a link: frames in and out through a packet socket, packet(7). */
import { constants } from 'node:os';
import { ETH_ALEN, ETH_P_ALL } from '../../../syscall/abi/if-ether.ts';
import {
  PACKET_ADD_MEMBERSHIP,
  PACKET_DROP_MEMBERSHIP,
  PACKET_IGNORE_OUTGOING,
  PACKET_MR_MULTICAST,
  PACKET_QDISC_BYPASS,
  PACKET_VNET_HDR,
  packetMreq,
  sockaddrLl,
} from '../../../syscall/abi/if-packet.ts';
import {
  AF_PACKET,
  SO_ERROR,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from '../../../syscall/abi/socket.ts';
import { SystemCallError } from '../../../syscall/kernel.ts';
import type { NetworkKernel, Readiness, Watch } from '../../../syscall/network.ts';
import { broadcastMac, isGroupMac, type MacAddress, readMac, writeMac } from '../../wire/mac.ts';
import type { FrameInfo, FrameRoom, Link, LinkCounters, LinkOffload } from '../link.ts';
import type { LinkState } from './netlink/link-state.ts';
import { watchLinks } from './netlink/watch-links.ts';
import { intOption, setBuffer } from './option.ts';
import { ReceiveRing, type RingGeometry } from './receive-ring.ts';
import { type PoolGeometry, TransmitPool } from './transmit-pool.ts';

export interface PacketLinkOptions {
  readonly receive?: RingGeometry;
  readonly transmit?: PoolGeometry;
  /** Frames go past the interface's queueing discipline. */
  readonly bypassQueue?: boolean;
}

/** Measured: docs/decisions/009-packet-rings.md. */
const defaults = {
  receive: { slotSize: 2048, slots: 1024, queued: 8 * 1024 * 1024 },
  transmit: { bytes: 1024 * 1024, frames: 256 },
} as const;

/** Frames and bytes that are handed over before the event loop gets its turn. */
const turn = { frames: 256, octets: 2 * 1024 * 1024 } as const;

/**
 * Bytes of sent frames that the kernel may hold, half of what it then counts: fewer ordinary frames than a queueing
 * discipline takes (1000), so that we are told to wait before it throws any away.
 */
const sendBuffer = 1024 * 1024;

/** A {@link Link} whose interface may go away. */
export interface PacketLink extends Link {
  /** The kernel's number of the interface. */
  readonly index: number;
}

/**
 * Opens the interface `name`. Its user sees every frame that arrives for it, unless the kernel's own stack was made to let
 * go of it (`claimInterface`) beside that stack. When the interface goes down or is deleted, `up` becomes false and
 * `onChange` is called; frames that are sent then are dropped and counted.
 * @throws SystemCallError ENODEV when there is no such interface, EPERM without CAP_NET_RAW
 */
export function openPacketLink(kernel: NetworkKernel, name: string, options: PacketLinkOptions = {}): PacketLink {
  return new OpenPacketLink(kernel, name, options);
}

class OpenPacketLink implements PacketLink {
  readonly name: string;
  readonly index: number;
  readonly offload: LinkOffload;
  readonly #kernel: NetworkKernel;
  readonly #fd: number;
  readonly #ring: ReceiveRing;
  readonly #pool: TransmitPool;
  readonly #watch: Watch;
  readonly #links: Disposable;
  #state: LinkState;
  #groups: ReadonlySet<MacAddress> = new Set();
  #closed = false;

  onFrame: (bytes: Uint8Array, start: number, end: number, info: FrameInfo) => void = () => {};
  onBatchEnd = (): void => {};
  onWritable = (): void => {};
  onChange = (): void => {};

  constructor(kernel: NetworkKernel, name: string, options: PacketLinkOptions) {
    using undo = new DisposableStack();
    this.#kernel = kernel;
    this.name = name;
    let found: LinkState | undefined;
    this.#links = undo.use(
      watchLinks(
        kernel,
        (link) => {
          if (found === undefined && link.name === name) found = link;
          else if (link.index === found?.index) this.#learn(link);
        },
        (link) => {
          if (link.index === found?.index) this.#learn({ ...this.#state, enabled: false, up: false });
        },
      ),
    );
    if (found === undefined) throw new SystemCallError('openPacketLink', [name], constants.errno.ENODEV);
    this.#state = found;
    this.index = found.index;
    // The kernel finishes frames for every device; one that can do it itself is given them as they are, below its limit.
    this.offload = { checksum: true, segmentation: found.segmentationLimit - 1 };
    // With the protocol 0 nothing arrives yet: the ring is made first.
    this.#fd = kernel.socket(AF_PACKET, SOCK_RAW, 0);
    undo.defer(() => kernel.close(this.#fd));
    this.#set(PACKET_VNET_HDR, intOption(1));
    this.#set(PACKET_IGNORE_OUTGOING, intOption(1));
    this.#set(PACKET_QDISC_BYPASS, intOption(Number(options.bypassQueue ?? false)));
    setBuffer(kernel, this.#fd, SO_SNDBUFFORCE, SO_SNDBUF, sendBuffer);
    this.#ring = new ReceiveRing(kernel, this.#fd, options.receive ?? defaults.receive);
    undo.defer(() => this.#ring.close());
    this.#pool = new TransmitPool(kernel, this.#fd, options.transmit ?? defaults.transmit, () =>
      this.#watch.reportWritable(true),
    );
    kernel.bind(this.#fd, interfaceAddress(this.index));
    this.#watch = kernel.watch(this.#fd, (ready) => this.#onReady(ready));
    undo.move();
  }

  get mac(): MacAddress {
    return this.#state.mac;
  }

  get mtu(): number {
    return this.#state.mtu;
  }

  get up(): boolean {
    return !this.#closed && this.#state.up;
  }

  get counters(): LinkCounters {
    return {
      receivedFrames: this.#ring.frames,
      receivedBytes: this.#ring.octets,
      receivedDropped: this.#ring.dropped,
      sentFrames: this.#pool.frames,
      sentBytes: this.#pool.octets,
      sentDropped: this.#pool.dropped,
    };
  }

  reserve(length: number): FrameRoom | undefined {
    return this.#closed ? undefined : this.#pool.reserve(length);
  }

  flush(): void {
    if (!this.#closed) this.#pool.flush();
  }

  setGroups(groups: ReadonlySet<MacAddress>): void {
    if (this.#closed) return;
    for (const group of this.#groups) if (!groups.has(group)) this.#changeMembership(PACKET_DROP_MEMBERSHIP, group);
    for (const group of groups) if (!this.#groups.has(group)) this.#changeMembership(PACKET_ADD_MEMBERSHIP, group);
    this.#groups = new Set(groups);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#links[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
    this.#ring.close();
    this.#kernel.close(this.#fd);
  }

  #onReady({ readable, writable }: Readiness): void {
    if (writable && this.#pool.blocked) {
      this.#watch.reportWritable(false);
      this.#pool.retry();
      if (!this.#pool.blocked) this.onWritable();
    }
    if (!readable || this.#closed) return;
    const done = this.#ring.drain(turn.frames, turn.octets, this.#onFrame);
    if (this.#closed) return;
    // Woken for nothing: it is an error, such as that the interface went down. The kernel's events tell the same.
    if (done === 0) this.#kernel.getOption(this.#fd, SOL_SOCKET, SO_ERROR, new ArrayBuffer(4));
    else this.onBatchEnd();
  }

  readonly #onFrame = (bytes: Uint8Array, start: number, end: number, info: FrameInfo): void => {
    // Devices without a filter let every group pass.
    if (((bytes[start] as number) & 1) === 0 || this.#wanted(readMac(bytes, start))) {
      this.onFrame(bytes, start, end, info);
    }
  };

  #wanted(destination: MacAddress): boolean {
    return destination === broadcastMac || this.#groups.has(destination);
  }

  #learn(state: LinkState): void {
    const { up, mtu, mac } = this.#state;
    this.#state = state;
    if (!this.#closed && (state.up !== up || state.mtu !== mtu || state.mac !== mac)) this.onChange();
  }

  #changeMembership(option: number, group: MacAddress): void {
    if (!isGroupMac(group)) throw new RangeError('not a group address');
    const request = new ArrayBuffer(packetMreq.size);
    const view = new DataView(request);
    view.setInt32(packetMreq.index, this.index, true);
    view.setUint16(packetMreq.type, PACKET_MR_MULTICAST, true);
    view.setUint16(packetMreq.length, ETH_ALEN, true);
    writeMac(new Uint8Array(request), packetMreq.address, group);
    try {
      this.#set(option, request);
    } catch {
      // The interface is gone, and its memberships with it; or the device cannot take more, and lets all groups pass.
    }
  }

  #set(option: number, value: ArrayBuffer): void {
    this.#kernel.setOption(this.#fd, SOL_PACKET, option, value);
  }
}

/** `struct sockaddr_ll` of all frames of an interface. */
function interfaceAddress(index: number): ArrayBuffer {
  const address = new DataView(new ArrayBuffer(sockaddrLl.size));
  address.setUint16(sockaddrLl.family, AF_PACKET, true);
  address.setUint16(sockaddrLl.protocol, ETH_P_ALL);
  address.setInt32(sockaddrLl.index, index, true);
  return address.buffer;
}
