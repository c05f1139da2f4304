import type { CaptureSink } from './capture.ts';

/** Keeps blocks until somebody takes them, up to a number of bytes: the sink for a reader that may be slow. */
export class CaptureQueue implements CaptureSink {
  readonly #limit: number;
  #blocks: Uint8Array[] = [];
  #bytes = 0;
  /** There is something to take, after there was nothing. */
  onReadable = (): void => {};

  /** @param limit bytes that may wait */
  constructor(limit: number) {
    this.#limit = limit;
  }

  write(block: Uint8Array): boolean {
    if (this.#bytes + block.length > this.#limit) return false;
    this.#blocks.push(block);
    this.#bytes += block.length;
    if (this.#blocks.length === 1) this.onReadable();
    return true;
  }

  /** Everything that waits, in order. */
  take(): readonly Uint8Array[] {
    const blocks = this.#blocks;
    this.#blocks = [];
    this.#bytes = 0;
    return blocks;
  }
}
