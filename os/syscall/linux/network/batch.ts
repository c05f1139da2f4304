import { getRawPointer } from 'node:ffi';
import { iovec, MSG_DONTWAIT, mmsghdr } from '../../abi/socket.ts';
import type { MessageBatch } from '../../network.ts';
import { errno } from '../libc.ts';
import { libc } from './libc.ts';

/**
 * A batch whose headers for sendmmsg(2) are made once: each message is one piece of `memory`. Both buffers stay where
 * they are as long as the batch lives.
 */
export class LinuxMessageBatch implements MessageBatch {
  readonly #memory: ArrayBuffer;
  readonly #headers: ArrayBuffer;
  readonly #pieces: DataView;
  readonly #headersAt: bigint;
  /** The memory's address, in two halves: numbers are far cheaper here than BigInts. */
  readonly #low: number;
  readonly #high: number;

  constructor(memory: ArrayBuffer, capacity: number) {
    this.#memory = memory;
    const address = Number(getRawPointer(memory));
    this.#low = address % 2 ** 32;
    this.#high = Math.floor(address / 2 ** 32);
    const pieces = new ArrayBuffer(capacity * iovec.size);
    this.#pieces = new DataView(pieces);
    this.#headers = new ArrayBuffer(capacity * mmsghdr.size);
    this.#headersAt = getRawPointer(this.#headers);
    const headers = new DataView(this.#headers);
    const piecesAt = getRawPointer(pieces);
    for (let index = 0; index < capacity; index++) {
      const header = index * mmsghdr.size;
      headers.setBigUint64(header + mmsghdr.iov, piecesAt + BigInt(index * iovec.size), true);
      headers.setBigUint64(header + mmsghdr.iovCount, 1n, true);
    }
  }

  place(index: number, offset: number, length: number): void {
    if (offset + length > this.#memory.byteLength) throw new RangeError(`message ${index} is outside the memory`);
    const at = index * iovec.size;
    const low = this.#low + offset;
    this.#pieces.setUint32(at + iovec.base, low % 2 ** 32, true);
    this.#pieces.setUint32(at + iovec.base + 4, low < 2 ** 32 ? this.#high : this.#high + 1, true);
    this.#pieces.setUint32(at + iovec.length, length, true);
  }

  send(fd: number, first: number, count: number): number {
    if ((first + count) * mmsghdr.size > this.#headers.byteLength) throw new RangeError('more messages than headers');
    const result = libc.sendmmsg(fd, this.#headersAt + BigInt(first * mmsghdr.size), count, MSG_DONTWAIT);
    return result === -1 ? -errno() : result;
  }
}
