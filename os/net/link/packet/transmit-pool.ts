/**
 * The sending half: frames are written one behind the other into one piece of memory, and leave together by one system
 * call. Not a ring: docs/decisions/009-packet-rings.md.
 */
import { constants } from 'node:os';
import { virtioNet } from '../../../syscall/abi/virtio-net.ts';
import type { MessageBatch, NetworkKernel } from '../../../syscall/network.ts';
import type { FrameRoom, Unfinished } from '../link.ts';
import { writeOffload } from './offload.ts';

export interface PoolGeometry {
  /** Bytes of all frames that wait. Pages that were never needed cost nothing. */
  readonly bytes: number;
  /** Frames that wait. */
  readonly frames: number;
}

/** Frames start at multiples of it, behind their `virtio_net_hdr`. */
const alignment = 16;

const { EAGAIN, ENETDOWN, ENXIO, ENODEV } = constants.errno;
/** The interface is not there, for this frame and the following ones. */
const gone: ReadonlySet<number> = new Set([ENETDOWN, ENXIO, ENODEV]);

export class TransmitPool {
  readonly #fd: number;
  readonly #geometry: PoolGeometry;
  readonly #batch: MessageBatch;
  readonly #room: Room;
  readonly #onBlocked: () => void;
  readonly #lengths: Uint32Array;
  /** Frames from `#first` up to `#count` wait. */
  #first = 0;
  #count = 0;
  #end = 0;
  #blocked = false;
  frames = 0;
  octets = 0;
  dropped = 0;

  /** @param onBlocked the kernel takes no more: `retry` when it does again */
  constructor(kernel: NetworkKernel, fd: number, geometry: PoolGeometry, onBlocked: () => void) {
    this.#fd = fd;
    this.#geometry = geometry;
    this.#onBlocked = onBlocked;
    const memory = new ArrayBuffer(geometry.bytes);
    this.#batch = kernel.batch(memory, geometry.frames);
    this.#lengths = new Uint32Array(geometry.frames);
    this.#room = new Room(memory, (length) => this.#add(length));
  }

  /** See `Link.reserve`. @throws RangeError for a frame that would not even fit into the empty pool */
  reserve(length: number): FrameRoom | undefined {
    const { bytes, frames } = this.#geometry;
    if (alignment + length > bytes) throw new RangeError(`a frame of ${length} bytes can not be sent`);
    if (this.#end + alignment + length > bytes || this.#count === frames) {
      this.flush();
      if (this.#end + alignment + length > bytes || this.#count === frames) return undefined;
    }
    return this.#room.at(this.#end + alignment, length);
  }

  #add(length: number): void {
    const start = this.#room.start;
    this.#batch.place(this.#count, start - virtioNet.size, length + virtioNet.size);
    this.#lengths[this.#count++] = length;
    this.#end = (start + length + alignment - 1) & -alignment;
  }

  /** Sends what waits, unless the kernel said that it takes no more. */
  flush(): void {
    if (!this.#blocked) this.#send();
  }

  /** The kernel takes frames again. */
  retry(): void {
    this.#blocked = false;
    this.#send();
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  #send(): void {
    while (this.#first < this.#count) {
      const waiting = this.#count - this.#first;
      const taken = this.#batch.send(this.#fd, this.#first, waiting);
      if (taken > 0) this.#sent(taken);
      else if (taken === -EAGAIN) {
        this.#blocked = true;
        this.#onBlocked();
        return;
      }
      // A queue of the kernel threw this one away (ENOBUFS), or it cannot be sent at all.
      else this.#drop(gone.has(-taken) ? waiting : 1);
    }
    this.#first = 0;
    this.#count = 0;
    this.#end = 0;
  }

  #sent(count: number): void {
    for (let index = 0; index < count; index++) this.octets += this.#lengths[this.#first + index] as number;
    this.frames += count;
    this.#first += count;
  }

  #drop(count: number): void {
    this.dropped += count;
    this.#first += count;
  }
}

/** The only one of its pool: it is filled before the next one is asked for. */
class Room implements FrameRoom {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #halves: Uint16Array;
  readonly #onCommit: (length: number) => void;
  start = 0;
  #length = 0;

  constructor(memory: ArrayBuffer, onCommit: (length: number) => void) {
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
    this.#halves = new Uint16Array(memory);
    this.#onCommit = onCommit;
  }

  at(start: number, length: number): Room {
    this.start = start;
    this.#length = length;
    return this;
  }

  commit(length: number, unfinished?: Unfinished): void {
    if (length > this.#length) throw new RangeError(`${length} bytes in a room for ${this.#length}`);
    writeOffload(this.bytes, this.#halves, this.start, unfinished);
    this.#length = 0;
    this.#onCommit(length);
  }

  cancel(): void {
    this.#length = 0;
  }
}
