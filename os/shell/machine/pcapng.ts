/** The blocks of a pcapng stream (draft-ietf-opsawg-pcapng, section 3.1), as far as counting frames needs them. */

const enhancedPacket = 6;
const blockHeader = 8;

/** Counts frames as bytes pass, and cuts off after a number of them. Blocks are little-endian, as our captures are. */
export class FrameCounter {
  readonly #most: number;
  readonly #header = Buffer.alloc(blockHeader);
  #headerLength = 0;
  /** Bytes that the block still has after its header. */
  #left = 0;
  #isFrame = false;
  /** Whole frames that passed. */
  frames = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The part of `bytes` that belongs to the wanted frames and what is before them. */
  take(bytes: Uint8Array): Uint8Array {
    let at = 0;
    while (at < bytes.length && this.frames < this.#most) {
      if (this.#headerLength < blockHeader) {
        this.#header[this.#headerLength++] = bytes[at++] as number;
        if (this.#headerLength === blockHeader) {
          this.#isFrame = this.#header.readUInt32LE(0) === enhancedPacket;
          this.#left = Math.max(0, this.#header.readUInt32LE(4) - blockHeader);
        }
      } else {
        const passed = Math.min(this.#left, bytes.length - at);
        at += passed;
        this.#left -= passed;
      }
      if (this.#headerLength === blockHeader && this.#left === 0) {
        this.#headerLength = 0;
        if (this.#isFrame) this.frames += 1;
      }
    }
    return bytes.subarray(0, at);
  }
}
