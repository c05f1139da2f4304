import type { FrameInfo, FrameRoom, Link, LinkCounters, LinkOffload } from '../../net/link/link.ts';
import type { MacAddress } from '../../net/wire/mac.ts';

const nothing: LinkOffload = { checksum: false, segmentation: 0 };

/** A link that can be cut, and that can be made to do nothing for its user. */
export class TamperedLink implements Link {
  isCut = false;
  readonly #inner: Link;
  readonly #offload: boolean;

  constructor(inner: Link, offload: boolean) {
    this.#inner = inner;
    this.#offload = offload;
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
    return this.#offload ? this.#inner.offload : nothing;
  }

  get up(): boolean {
    return this.#inner.up;
  }

  get counters(): LinkCounters {
    return this.#inner.counters;
  }

  reserve(length: number): FrameRoom | undefined {
    if (!this.isCut) return this.#inner.reserve(length);
    const bytes = new Uint8Array(length);
    return { bytes, view: new DataView(bytes.buffer), start: 0, commit: () => {}, cancel: () => {} };
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

  get onFrame(): Link['onFrame'] {
    return this.#inner.onFrame;
  }

  set onFrame(handler: Link['onFrame']) {
    this.#inner.onFrame = (bytes: Uint8Array, start: number, end: number, info: FrameInfo) => {
      if (!this.isCut) handler(bytes, start, end, info);
    };
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
}
