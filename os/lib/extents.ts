/**
 * A large, mostly empty image as the parts of it that are not zero. Used, gzipped, for the template of the data
 * partition and for copies of broken ones.
 *
 * Format, integers little-endian: `PANOSEXT`, the image's size (u64), then for each extent its offset (u64), its
 * length (u32, not 0) and its bytes, in ascending order without overlap; an extent of length 0 ends the stream.
 */
const magic = Buffer.from('PANOSEXT');
const headerSize = magic.length + 8;
const recordSize = 12;
/** What is zero is decided in blocks of this size. */
const blockSize = 4096;
/** The longest extent; longer runs become several. Also the unit of reading. */
export const maxExtent = 1024 * 1024;

const zeros = Buffer.alloc(maxExtent);

/** The stream is not in the format, or ends too early. */
export class ExtentsError extends Error {
  override readonly name = 'ExtentsError';
}

/** Reads `length` bytes of an image at `offset`; they are used up before the next call, which may reuse their memory. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** Turns an image of `size` bytes into the format. Rejects with the reader's own errors. */
export async function* encodeExtents(size: number, read: ReadAt): AsyncGenerator<Uint8Array> {
  const header = Buffer.alloc(headerSize);
  magic.copy(header);
  header.writeBigUInt64LE(BigInt(size), magic.length);
  yield header;
  for (let at = 0; at < size; at += maxExtent) {
    const piece = await read(at, Math.min(maxExtent, size - at));
    if (!isZero(piece)) yield* encodePiece(at, piece);
  }
  yield record(size, 0);
}

function* encodePiece(offset: number, piece: Uint8Array): Generator<Uint8Array> {
  // Copied, because the consumer may hold on to it.
  for (let start = 0; start < piece.length; ) {
    let end = start;
    while (end < piece.length && !isZero(piece.subarray(end, end + blockSize))) end += blockSize;
    const data = piece.subarray(start, Math.min(end, piece.length));
    if (data.length > 0) {
      yield record(offset + start, data.length);
      yield Buffer.from(data);
    }
    start = Math.max(end, start + blockSize);
  }
}

const isZero = (block: Uint8Array): boolean => Buffer.compare(block, zeros.subarray(0, block.length)) === 0;

function record(offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(recordSize);
  bytes.writeBigUInt64LE(BigInt(offset));
  bytes.writeUInt32LE(length, 8);
  return bytes;
}

export interface Extent {
  readonly offset: number;
  readonly data: Buffer;
}

/**
 * The extents of a stream in the format, one at a time.
 * @throws ExtentsError where the stream is broken; what was handed out before is right as far as it goes.
 */
export async function* decodeExtents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Extent> {
  const source = new ByteSource(chunks);
  const header = await source.take(headerSize);
  if (!header.subarray(0, magic.length).equals(magic)) throw new ExtentsError('this is not a list of extents');
  const size = header.readBigUInt64LE(magic.length);
  for (let reached = 0n; ; ) {
    const head = await source.take(recordSize);
    const offset = head.readBigUInt64LE();
    const length = head.readUInt32LE(8);
    if (length === 0) return;
    if (length > maxExtent || offset < reached || offset + BigInt(length) > size) {
      throw new ExtentsError(`an extent of ${length} bytes at ${offset} cannot be`);
    }
    reached = offset + BigInt(length);
    yield { offset: Number(offset), data: await source.take(length) };
  }
}

/** Bytes in the portions that are asked for, from chunks as they come. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    while (this.#length < length) {
      const { done, value } = await this.#chunks.next();
      if (done === true) throw new ExtentsError('the list of extents ends too early');
      this.#parts.push(value);
      this.#length += value.length;
    }
    const all = Buffer.concat(this.#parts);
    this.#parts = [all.subarray(length)];
    this.#length -= length;
    return all.subarray(0, length);
  }
}
