/** How QEMU passes frames over a stream: each behind its length, four bytes, big-endian (net/stream.c). */

const headerLength = 4;
/** QEMU's own limit on a frame (NET_BUFSIZE). */
const longest = 4096 + 65536;

export function packed(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerLength + frame.length);
  new DataView(bytes.buffer).setUint32(0, frame.length);
  bytes.set(frame, headerLength);
  return bytes;
}

/** Cuts a stream into frames. */
export class FrameReader {
  #pending: Uint8Array = new Uint8Array();

  /** @throws RangeError when the stream is none of frames */
  read(chunk: Uint8Array): Uint8Array[] {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: Uint8Array[] = [];
    while (bytes.length >= headerLength) {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      if (length > longest) throw new RangeError(`a frame of ${length} bytes is longer than QEMU sends`);
      if (bytes.length < headerLength + length) break;
      frames.push(bytes.slice(headerLength, headerLength + length));
      bytes = bytes.subarray(headerLength + length);
    }
    this.#pending = bytes.slice();
    return frames;
  }
}
