/**
 * What was written and is not acknowledged yet: a list of chunks, each copied once from the writer. Segments, also repeated
 * ones, are put together straight from it, by position (see `sequence.ts`).
 */

/** Longer writes are cut, so that memory is given back while a long write is being acknowledged. */
const largestChunk = 131072;
/** When small writes queue up, they share chunks of this size. */
const sharedChunk = 8192;

const noChunks: Uint8Array[] = [];

export class SendQueue {
  /** Positions of the first byte that is kept, and behind the last one. */
  start = 1;
  end = 1;
  #chunks: Uint8Array[] = noChunks;
  /** Position of the first chunk's first byte; at most `start`. */
  #base = 1;
  /** Bytes of the last chunk that are in use. */
  #tail = 0;
  /** Where the last copy ended: the chunk, and the position of its first byte. Copies mostly go on from there. */
  #cursor = 0;
  #cursorBase = 1;

  get length(): number {
    return this.end - this.start;
  }

  /** Appends a copy of the first `length` bytes. */
  push(bytes: Uint8Array, length: number): void {
    if (length === 0) return;
    if (this.#chunks.length === 0) {
      this.#chunks = [];
      this.#base = this.start;
      this.#cursor = 0;
      this.#cursorBase = this.#base;
    }
    let at = this.#fillTail(bytes, length);
    while (at < length) {
      const size = Math.min(largestChunk, length - at);
      // The first small write has a chunk of its size; those that follow before it is gone share one.
      const capacity = this.length === 0 || size >= sharedChunk ? size : sharedChunk;
      const chunk = new Uint8Array(capacity);
      chunk.set(bytes.subarray(at, at + size));
      this.#chunks.push(chunk);
      this.#tail = size;
      this.end += size;
      at += size;
    }
  }

  /** Forgets everything before a position. */
  release(position: number): void {
    this.start = Math.min(position, this.end);
    if (this.start === this.end) {
      this.#chunks = noChunks;
      this.#tail = 0;
      return;
    }
    let gone = 0;
    let first = this.#chunks[0];
    // The last chunk is never passed here: then everything would be acknowledged.
    while (first !== undefined && gone < this.#chunks.length - 1 && this.#base + first.length <= this.start) {
      this.#base += first.length;
      gone++;
      first = this.#chunks[gone];
    }
    if (gone === 0) return;
    this.#chunks.splice(0, gone);
    this.#cursor -= gone;
    if (this.#cursor < 0) this.#rewind();
  }

  /** Copies `length` bytes from `position` on into `target` at `offset`. All of them must be in the queue. */
  copy(position: number, length: number, target: Uint8Array, offset: number): void {
    if (position < this.#cursorBase) this.#rewind();
    let chunk = this.#chunks[this.#cursor];
    while (chunk !== undefined && this.#cursorBase + chunk.length <= position) {
      this.#cursorBase += chunk.length;
      chunk = this.#chunks[++this.#cursor];
    }
    let from = position - this.#cursorBase;
    let done = 0;
    while (done < length && chunk !== undefined) {
      const size = Math.min(length - done, chunk.length - from);
      target.set(from === 0 && size === chunk.length ? chunk : chunk.subarray(from, from + size), offset + done);
      done += size;
      if (done === length) return;
      this.#cursorBase += chunk.length;
      chunk = this.#chunks[++this.#cursor];
      from = 0;
    }
  }

  #rewind(): void {
    this.#cursor = 0;
    this.#cursorBase = this.#base;
  }

  #fillTail(bytes: Uint8Array, length: number): number {
    const last = this.#chunks[this.#chunks.length - 1];
    if (last === undefined || this.#tail === last.length) return 0;
    const size = Math.min(length, last.length - this.#tail);
    last.set(bytes.subarray(0, size), this.#tail);
    this.#tail += size;
    this.end += size;
    return size;
  }
}
