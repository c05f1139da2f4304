/**
 * Frames of the socket protocol: a payload's length (32 bits, big endian), its kind (8 bits), the payload. Control
 * frames are JSON objects; data frames are pieces of a stream; a datagram frame begins with the other end.
 */
import type { End } from './protocol.ts';

const kinds = { control: 0, data: 1, datagram: 2 } as const;
const headerLength = 5;
/** The largest UDP payload, and room for the other end before it. */
const longestDatagram = 65_535 + 64;

/** What a reader calls, in the order of the bytes. */
export interface FrameHandlers {
  onControl(message: Readonly<Record<string, unknown>>): void;
  /** Bytes of a data frame, as soon as they are here; they are the caller's own. */
  onData?(bytes: Uint8Array): void;
  onDatagram?(remote: End, payload: Uint8Array): void;
}

/** Reads frames off a stream of bytes. Memory is bounded by the longest control frame allowed. */
export class FrameReader {
  readonly #longestControl: number;
  readonly #handlers: FrameHandlers;
  /** The header, then the payload of a frame that is handed over as a whole. */
  #gathered: Buffer[] = [];
  #missing = headerLength;
  #kind: number | undefined;
  #broken = false;

  constructor(longestControl: number, handlers: FrameHandlers) {
    this.#longestControl = longestControl;
    this.#handlers = handlers;
  }

  /**
   * Takes the next bytes.
   * @returns a sentence when they are no frames of this protocol; from then on nothing is taken any more
   */
  push(chunk: Uint8Array): string | undefined {
    let at = 0;
    while (!this.#broken && (at < chunk.length || this.#missing === 0)) {
      const piece = Buffer.from(chunk.buffer, chunk.byteOffset + at, Math.min(this.#missing, chunk.length - at));
      at += piece.length;
      this.#missing -= piece.length;
      if (this.#kind === kinds.data) {
        if (piece.length > 0) this.#handlers.onData?.(piece);
      } else this.#gathered.push(piece);
      if (this.#missing > 0) return undefined;
      const problem = this.#kind === undefined ? this.#begin() : this.#finish(this.#kind);
      if (problem === undefined) continue;
      this.#broken = true;
      this.#gathered = [];
      return problem;
    }
    return undefined;
  }

  #take(): Buffer {
    const [first] = this.#gathered;
    const all = this.#gathered.length === 1 && first !== undefined ? first : Buffer.concat(this.#gathered);
    this.#gathered = [];
    return all;
  }

  #begin(): string | undefined {
    const header = this.#take();
    const length = header.readUInt32BE(0);
    const kind = header.readUInt8(4);
    const limit = [this.#longestControl, 0xffffffff, longestDatagram][kind];
    if (limit === undefined) return `there is no frame of kind ${kind}`;
    if (length > limit) return `a frame of ${length} bytes is too long`;
    this.#kind = kind;
    this.#missing = length;
    return undefined;
  }

  #finish(kind: number): string | undefined {
    this.#kind = undefined;
    this.#missing = headerLength;
    if (kind === kinds.data) return undefined;
    const payload = this.#take();
    return kind === kinds.control ? this.#control(payload) : this.#datagram(payload);
  }

  #control(payload: Buffer): string | undefined {
    let message: unknown;
    try {
      message = JSON.parse(payload.toString('utf8'));
    } catch {
      return 'a control frame is not JSON';
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return 'a message is an object';
    this.#handlers.onControl(message as Record<string, unknown>);
    return undefined;
  }

  #datagram(payload: Buffer): string | undefined {
    const textLength = payload[0] ?? 0;
    const start = 1 + textLength + 2;
    if (payload.length < start) return 'a datagram frame is too short';
    const remote = { address: payload.toString('latin1', 1, 1 + textLength), port: payload.readUInt16BE(start - 2) };
    this.#handlers.onDatagram?.(remote, payload.subarray(start));
    return undefined;
  }
}

function header(kind: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(headerLength);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt8(kind, 4);
  return bytes;
}

export function controlFrame(message: object): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  return Buffer.concat([header(kinds.control, payload.length), payload]);
}

/** What goes before `length` bytes of a stream. */
export const dataHeader = (length: number): Buffer => header(kinds.data, length);

export function datagramFrame({ address, port }: End, payload: Uint8Array): Buffer {
  const end = Buffer.alloc(1 + address.length + 2);
  end.writeUInt8(address.length, 0);
  end.write(address, 1, 'latin1');
  end.writeUInt16BE(port, 1 + address.length);
  return Buffer.concat([header(kinds.datagram, end.length + payload.length), end, payload]);
}
