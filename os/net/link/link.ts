/**
 * The contract of a link: Ethernet frames out and in. Implementations: `packet/` (a network interface, through a packet
 * socket), `pipe.ts` (a cable between two stacks, in memory), `fault-injector.ts` (a bad cable), `tap.ts` (a capture).
 */
import type { MacAddress } from '../wire/mac.ts';

/** What a link does for its user. */
export interface LinkOffload {
  /** It completes transport checksums on sending. */
  readonly checksum: boolean;
  /** The longest frame that it cuts into segments itself, in bytes with the Ethernet header; 0 if it does not. */
  readonly segmentation: number;
}

/** How a frame is to be finished by the link. Offsets count from the start of the frame. */
export interface Unfinished {
  /** Where the checksummed part starts: the transport header. */
  readonly checksumStart: number;
  /** Where in the transport header the checksum field is; it holds the pseudo-header's sum, folded, not inverted. */
  readonly checksumOffset: number;
  /** TCP: payload bytes a segment, if the frame is to be cut; the frame's headers are then repeated by the link. */
  readonly segment?: { readonly size: number; readonly family: 4 | 6 };
}

/** What is known of a received frame beside its bytes. */
export interface FrameInfo {
  /** `verified`: the transport checksum was checked, or cannot be wrong; `unknown`: nobody looked. */
  readonly checksum: 'verified' | 'unknown';
  /** Payload bytes a segment when the frame was put together from several; 0 otherwise. */
  readonly segmentSize: number;
}

/** Room for a frame in the link's own memory. Fill it from `start` on, then `commit` or `cancel` it before the next `reserve`. */
export interface FrameRoom {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  /** Hands over `length` bytes from `start` on. */
  commit(length: number, unfinished?: Unfinished): void;
  cancel(): void;
}

export interface LinkCounters {
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  /** Frames that came faster than they were read. */
  readonly receivedDropped: number;
  readonly sentFrames: number;
  readonly sentBytes: number;
  readonly sentDropped: number;
}

export interface Link {
  /** `eth0` */
  readonly name: string;
  readonly mac: MacAddress;
  /** The longest payload of a frame, Ethernet header not included. */
  readonly mtu: number;
  readonly offload: LinkOffload;
  /** Whether there is a carrier. */
  readonly up: boolean;
  readonly counters: LinkCounters;
  /**
   * Room for one frame of at most `length` bytes; undefined when the link cannot take more now. `onWritable` tells when it
   * can again. Frames leave at the next `flush`, or earlier.
   */
  reserve(length: number): FrameRoom | undefined;
  /** Sends everything that was committed. */
  flush(): void;
  /** Group addresses to be received, beside broadcast and its own. */
  setGroups(groups: ReadonlySet<MacAddress>): void;

  /** A frame is in `bytes` from `start` to `end`. The memory is the link's: valid until the call returns. */
  onFrame: (bytes: Uint8Array, start: number, end: number, info: FrameInfo) => void;
  /** All frames that were waiting have been handed over. */
  onBatchEnd: () => void;
  onWritable: () => void;
  /** The carrier came or went, or the MTU changed. */
  onChange: () => void;
  close(): void;
}
