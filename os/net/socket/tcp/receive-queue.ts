/** What was received in order and is not read yet: chunks, each copied once from the link's memory. */

/** While something is waiting already, segments share chunks of this size. */
const sharedChunk = 16384;

const noChunks: Uint8Array[] = [];

export class ReceiveQueue {
  length = 0;
  #chunks: Uint8Array[] = noChunks;
  #head = 0;
  /** Bytes of the first chunk that are read, and of the last one that are in use. */
  #offset = 0;
  #tail = 0;

  /** Appends a copy of the bytes from `from` to `to`. */
  append(bytes: Uint8Array, from: number, to: number): void {
    let at = from;
    const last = this.#chunks[this.#chunks.length - 1];
    if (last !== undefined && this.#tail < last.length) {
      at = Math.min(to, from + last.length - this.#tail);
      last.set(bytes.subarray(from, at), this.#tail);
      this.#tail += at - from;
      this.length += at - from;
    }
    if (at === to) return;
    const size = to - at;
    // The first one has a chunk of its size: usually it is read before another comes.
    if (this.length === 0 || size >= sharedChunk) {
      this.adopt(bytes.slice(at, to));
      return;
    }
    const chunk = new Uint8Array(sharedChunk);
    chunk.set(bytes.subarray(at, to));
    this.adopt(chunk, size);
  }

  /** Appends a chunk, of which the first `used` bytes count, without copying it. */
  adopt(chunk: Uint8Array, used = chunk.length): void {
    if (this.#chunks.length > 0 && this.#tail < (this.#chunks[this.#chunks.length - 1] as Uint8Array).length) {
      const last = this.#chunks.length - 1;
      this.#chunks[last] = (this.#chunks[last] as Uint8Array).subarray(0, this.#tail);
    }
    if (this.#chunks.length === 0) this.#chunks = [];
    this.#chunks.push(chunk);
    this.#tail = used;
    this.length += used;
  }

  /** Takes out up to `max` bytes, as they lie together in memory; undefined when there are none. */
  read(max: number): Uint8Array | undefined {
    const chunk = this.#chunks[this.#head];
    if (chunk === undefined || max <= 0) return undefined;
    const from = this.#offset;
    const used = this.#head === this.#chunks.length - 1 ? this.#tail : chunk.length;
    const to = Math.min(used, from + max);
    this.length -= to - from;
    this.#offset = to;
    if (to === used) this.#dropFirst();
    return to - from === chunk.length ? chunk : chunk.subarray(from, to);
  }

  clear(): void {
    this.length = 0;
    this.#chunks = noChunks;
    this.#head = 0;
    this.#offset = 0;
    this.#tail = 0;
  }

  #dropFirst(): void {
    this.#head++;
    this.#offset = 0;
    if (this.#head === this.#chunks.length) this.clear();
    else if (this.#head >= 64 && this.#head * 2 >= this.#chunks.length) {
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
