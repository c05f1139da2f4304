import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** A picture: rows from the top, three bytes (red, green, blue) a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** The bytes are no PNG, or one of a kind that no driver makes. */
export class PngError extends Error {
  override readonly name = 'PngError';
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Samples a pixel by colour type, for the types with 8 bits a sample and no palette (PNG, third edition, table 11.1). */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };
/** Larger screens do not exist in the lab; the limit keeps a broken file from taking the memory. */
const largestSide = 16_384;

/**
 * Decodes a screenshot: 8 bits a sample, grey or colour, with or without alpha (which is ignored), not interlaced.
 * @throws PngError for anything else, also for damaged files.
 */
export function decodePng(bytes: Uint8Array): Picture {
  const chunks = [...chunksOf(Buffer.from(bytes))];
  const header = chunks[0];
  if (header?.type !== 'IHDR' || header.data.length !== 13) throw new PngError('a PNG starts with its header');
  const [width, height] = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  const [depth, colour, compression, filter, interlace] = header.data.subarray(8);
  const samples = samplesOf[colour ?? -1];
  if (samples === undefined || depth !== 8 || compression !== 0 || filter !== 0 || interlace !== 0) {
    throw new PngError(
      `this kind of PNG is not understood (depth ${depth}, colour type ${colour}, interlace ${interlace})`,
    );
  }
  if (width === 0 || height === 0 || width > largestSide || height > largestSide) {
    throw new PngError(`${width} × ${height} pixels is no size of a screen`);
  }
  const stride = width * samples;
  const size = (stride + 1) * height;
  const rows = inflate(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)), size);
  unfilter(rows, stride, samples);
  return { width, height, rgb: toRgb(rows, width, height, samples) };
}

/** Encodes a picture as a PNG without filters; for drivers that make pictures themselves. */
export function encodePng({ width, height, rgb }: Picture): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) rows.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function* chunksOf(bytes: Buffer): Generator<{ type: string; data: Buffer }> {
  if (!bytes.subarray(0, 8).equals(signature)) throw new PngError('the file does not start as a PNG does');
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw new PngError('the PNG ends too early');
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) throw new PngError('the PNG ends too early');
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) throw new PngError(`chunk ${type} is damaged`);
    yield { type, data: bytes.subarray(at + 8, end) };
    if (type === 'IEND') return;
    at = end + 4;
  }
}

function inflate(data: Buffer, size: number): Buffer {
  let rows: Buffer;
  try {
    rows = inflateSync(data, { maxOutputLength: size });
  } catch (cause) {
    throw new PngError('the pixels of the PNG are damaged', { cause });
  }
  if (rows.length !== size) throw new PngError('the PNG has fewer pixels than its header says');
  return rows;
}

/** Undoes the filters in place (PNG, third edition, section 9.2). Each row is a filter number and `stride` bytes. */
function unfilter(rows: Buffer, stride: number, samples: number): void {
  for (let start = 0; start < rows.length; start += stride + 1) {
    const filter = rows[start] ?? 0;
    if (filter > 4) throw new PngError(`there is no filter ${filter}`);
    if (filter === 0) continue;
    for (let column = 1; column <= stride; column++) {
      const at = start + column;
      const left = column > samples ? (rows[at - samples] ?? 0) : 0;
      const above = start > 0 ? (rows[at - stride - 1] ?? 0) : 0;
      const corner = start > 0 && column > samples ? (rows[at - stride - 1 - samples] ?? 0) : 0;
      rows[at] = ((rows[at] ?? 0) + prediction(filter, left, above, corner)) & 0xff;
    }
  }
}

function prediction(filter: number, left: number, above: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const estimate = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((value) => Math.abs(estimate - value));
  if (toLeft === undefined || toAbove === undefined || toCorner === undefined) return 0;
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

function toRgb(rows: Buffer, width: number, height: number, samples: number): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  const grey = samples < 3;
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * (width * samples + 1) + 1 + x * samples;
      for (let colour = 0; colour < 3; colour++) rgb[to++] = rows[from + (grey ? 0 : colour)] ?? 0;
    }
  }
  return rgb;
}
