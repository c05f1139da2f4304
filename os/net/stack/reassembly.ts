/** Putting fragments together: RFC 791, section 3.2; RFC 815; RFC 8200, section 4.5; overlaps: RFC 5722 and RFC 8900. */
import type { Clock, Timer } from '../environment/clock.ts';

export interface FragmentPart {
  /** Addresses, identification and protocol: equal for the parts of one packet. */
  readonly key: string;
  /** Bytes from the start of the payload. */
  readonly offset: number;
  readonly more: boolean;
  /** The memory is the link's. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

interface Piece {
  readonly offset: number;
  readonly data: Uint8Array;
}

interface Assembly {
  readonly key: string;
  /** Ascending, without overlaps. */
  readonly pieces: Piece[];
  readonly expiresAt: number;
  /** Known once the last fragment has come. */
  total: number | undefined;
  stored: number;
}

/** RFC 8200, section 4.5, and RFC 1122, section 3.3.2: 60 seconds from the first fragment. */
const patience = 60_000;
/** Bounds of what strangers can make this host remember. */
const limits = { assemblies: 64, pieces: 256, bytes: 2 * 1024 * 1024, packet: 65_535 } as const;
/** What an object costs beside its bytes. */
const overhead = 128;

/** What became of a fragment: a whole payload, nothing yet, or nothing ever. */
export type Assembled = Uint8Array | 'incomplete' | 'failed';

export class Reassembly {
  readonly #clock: Clock;
  readonly #timer: Timer;
  /** In the order of their first fragments, which is that of their expiry. */
  readonly #assemblies = new Map<string, Assembly>();
  #stored = 0;

  constructor(clock: Clock, onFailure: () => void) {
    this.#clock = clock;
    this.#timer = clock.timer(() => {
      for (const assembly of this.#assemblies.values()) {
        if (assembly.expiresAt > clock.now) break;
        this.#forget(assembly);
        onFailure();
      }
      this.#arm();
    });
  }

  /** Bytes held, with what their bookkeeping costs. */
  get stored(): number {
    return this.#stored;
  }

  add(part: FragmentPart): Assembled {
    const assembly = this.#assemblies.get(part.key) ?? this.#begin(part.key);
    if (!this.#insert(assembly, part)) {
      this.#forget(assembly);
      return 'failed';
    }
    const whole = assembly.total !== undefined && dataLength(assembly) === assembly.total;
    if (!whole) {
      this.#makeRoom(assembly);
      return 'incomplete';
    }
    this.#forget(assembly);
    const payload = new Uint8Array(assembly.total ?? 0);
    for (const { offset, data } of assembly.pieces) payload.set(data, offset);
    return payload;
  }

  #begin(key: string): Assembly {
    const assembly: Assembly = {
      key,
      pieces: [],
      expiresAt: this.#clock.now + patience,
      total: undefined,
      stored: 0,
    };
    this.#assemblies.set(key, assembly);
    this.#arm();
    return assembly;
  }

  /** @returns false when the packet can never become whole: overlaps, two ends, beyond an end, too long. */
  #insert(assembly: Assembly, { offset, more, bytes, start, end }: FragmentPart): boolean {
    const length = end - start;
    const after = offset + length;
    if (after > limits.packet || length === 0 || (more && length % 8 !== 0)) return false;
    const { pieces, total } = assembly;
    const index = pieces.findIndex((piece) => piece.offset >= offset);
    const at = index === -1 ? pieces.length : index;
    const [previous, next] = [pieces[at - 1], pieces[at]];
    // The network may deliver a fragment twice; that is no overlap.
    if (next?.offset === offset && next.data.length === length) {
      return next.data.every((byte, place) => byte === bytes[start + place]);
    }
    if (previous !== undefined && previous.offset + previous.data.length > offset) return false;
    if (next !== undefined && next.offset < after) return false;
    if (total !== undefined && (after > total || (!more && after !== total))) return false;
    if (!more && next !== undefined) return false;
    if (pieces.length >= limits.pieces) return false;
    if (!more) assembly.total = after;
    pieces.splice(at, 0, { offset, data: bytes.slice(start, end) });
    const cost = length + overhead;
    assembly.stored += cost;
    this.#stored += cost;
    return true;
  }

  /** The oldest packets give way to the newest. */
  #makeRoom(keep: Assembly): void {
    for (const assembly of this.#assemblies.values()) {
      if (this.#stored <= limits.bytes && this.#assemblies.size <= limits.assemblies) return;
      if (assembly !== keep) this.#forget(assembly);
    }
  }

  #forget(assembly: Assembly): void {
    if (this.#assemblies.get(assembly.key) !== assembly) return;
    this.#assemblies.delete(assembly.key);
    this.#stored -= assembly.stored;
  }

  #arm(): void {
    const [oldest] = this.#assemblies.values();
    if (oldest === undefined) this.#timer.clear();
    else this.#timer.setAt(oldest.expiresAt);
  }
}

const dataLength = ({ pieces }: Assembly): number => pieces.reduce((sum, { data }) => sum + data.length, 0);
