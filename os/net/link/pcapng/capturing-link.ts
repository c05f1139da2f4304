import type { MacAddress } from '../../wire/mac.ts';
import type { FrameInfo, FrameRoom, Link, LinkCounters, LinkOffload, Unfinished } from '../link.ts';
import type { Direction } from './blocks.ts';
import { completeReceived, completeSent } from './completed.ts';

/** Sees frames: a copy of each, with its checksum complete. */
export type Tap = (frame: Uint8Array, direction: Direction) => void;

type OnFrame = Link['onFrame'];

/** Any link, with ears. While nobody listens it does nothing that the link would not do. */
export class CapturingLink implements Link {
  readonly #inner: Link;
  readonly #taps = new Set<Tap>();
  readonly #room = new TappedRoom((frame, direction) => this.#tell(frame, direction));
  #onFrame: OnFrame = () => {};

  constructor(inner: Link) {
    this.#inner = inner;
  }

  /** Shows every frame to `tap` from now on, until disposed. */
  listen(tap: Tap): Disposable {
    // Each its own, also of two that are the same function.
    const own: Tap = (frame, direction) => tap(frame, direction);
    this.#taps.add(own);
    this.#connect();
    return {
      [Symbol.dispose]: () => {
        this.#taps.delete(own);
        this.#connect();
      },
    };
  }

  get name(): string {
    return this.#inner.name;
  }

  get mac(): MacAddress {
    return this.#inner.mac;
  }

  get mtu(): number {
    return this.#inner.mtu;
  }

  get offload(): LinkOffload {
    return this.#inner.offload;
  }

  get up(): boolean {
    return this.#inner.up;
  }

  get counters(): LinkCounters {
    return this.#inner.counters;
  }

  reserve(length: number): FrameRoom | undefined {
    const room = this.#inner.reserve(length);
    return room === undefined || this.#taps.size === 0 ? room : this.#room.around(room);
  }

  flush(): void {
    this.#inner.flush();
  }

  setGroups(groups: ReadonlySet<MacAddress>): void {
    this.#inner.setGroups(groups);
  }

  close(): void {
    this.#inner.close();
  }

  get onFrame(): OnFrame {
    return this.#onFrame;
  }

  set onFrame(handler: OnFrame) {
    this.#onFrame = handler;
    this.#connect();
  }

  get onBatchEnd(): () => void {
    return this.#inner.onBatchEnd;
  }

  set onBatchEnd(handler: () => void) {
    this.#inner.onBatchEnd = handler;
  }

  get onWritable(): () => void {
    return this.#inner.onWritable;
  }

  set onWritable(handler: () => void) {
    this.#inner.onWritable = handler;
  }

  get onChange(): () => void {
    return this.#inner.onChange;
  }

  set onChange(handler: () => void) {
    this.#inner.onChange = handler;
  }

  #connect(): void {
    this.#inner.onFrame = this.#taps.size === 0 ? this.#onFrame : this.#heard;
  }

  readonly #heard = (bytes: Uint8Array, start: number, end: number, info: FrameInfo): void => {
    const frame = bytes.slice(start, end);
    if (info.checksum === 'verified') completeReceived(frame);
    this.#tell(frame, 'inbound');
    this.#onFrame(bytes, start, end, info);
  };

  #tell(frame: Uint8Array, direction: Direction): void {
    for (const tap of this.#taps) tap(frame, direction);
  }
}

/** Room for a frame that is shown when it is committed. */
class TappedRoom implements FrameRoom {
  readonly #tell: Tap;
  #room: FrameRoom | undefined;

  constructor(tell: Tap) {
    this.#tell = tell;
  }

  around(room: FrameRoom): this {
    this.#room = room;
    return this;
  }

  get #inner(): FrameRoom {
    if (this.#room === undefined) throw new Error('no room is reserved');
    return this.#room;
  }

  get bytes(): Uint8Array {
    return this.#inner.bytes;
  }

  get view(): DataView {
    return this.#inner.view;
  }

  get start(): number {
    return this.#inner.start;
  }

  commit(length: number, unfinished?: Unfinished): void {
    const frame = this.bytes.slice(this.start, this.start + length);
    if (unfinished !== undefined) completeSent(frame, unfinished);
    this.#inner.commit(length, unfinished);
    this.#tell(frame, 'outbound');
  }

  cancel(): void {
    this.#inner.cancel();
  }
}
