/** Frames that were seen on the wire: the last few of each kind. */
import { below, type Random } from '../environment/random.ts';
import { u16 } from '../wire/bytes.ts';
import { ethernetHeader, etherTypes } from '../wire/ethernet.ts';
import { behindExtensions, ipv6Header } from '../wire/ipv6.ts';

/** Of one kind are remembered. */
const each = 8;
/** Kinds; more than there are, so that strange ones do not fill the memory. */
const most = 2048;

export class Corpus {
  readonly #kinds = new Map<string, Uint8Array[]>();
  readonly #names: string[] = [];

  get kinds(): readonly string[] {
    return this.#names;
  }

  add(frame: Uint8Array): void {
    const kind = kindOf(frame);
    const frames = this.#kinds.get(kind);
    if (frames !== undefined) {
      frames.push(frame.slice());
      if (frames.length > each) frames.shift();
    } else if (this.#names.length < most) {
      this.#kinds.set(kind, [frame.slice()]);
      this.#names.push(kind);
    }
  }

  /** A copy of one of them; every kind is as likely as every other. */
  pick(random: Random): Uint8Array {
    const name = this.#names[below(random, this.#names.length)] as string;
    const frames = this.#kinds.get(name) as Uint8Array[];
    return (frames[below(random, frames.length)] as Uint8Array).slice();
  }
}

/** What a frame is about: protocol, and what tells messages of it apart. */
function kindOf(frame: Uint8Array): string {
  if (frame.length < ethernetHeader + 28) return 'short';
  const type = u16(frame, 12);
  if (type === etherTypes.arp) return `arp ${frame[21]}`;
  if (type === etherTypes.ipv4) {
    const start = ethernetHeader + ((frame[ethernetHeader] as number) & 15) * 4;
    const protocol = frame[ethernetHeader + 9] as number;
    if ((u16(frame, ethernetHeader + 6) & 0x3fff) !== 0) return `4 fragment ${protocol}`;
    return `4 ${transportOf(frame, protocol, start)}`;
  }
  if (type !== etherTypes.ipv6 || frame.length < ethernetHeader + ipv6Header) return 'other';
  const first = frame[ethernetHeader + 6] as number;
  const { protocol, start } = behindExtensions(frame, first, ethernetHeader + ipv6Header, frame.length);
  return `6 ${first === protocol ? '' : `${first} `}${transportOf(frame, protocol, start)}`;
}

function transportOf(frame: Uint8Array, protocol: number, start: number): string {
  if (start + 20 > frame.length) return `${protocol}`;
  // Flags, options or not, data or not.
  if (protocol === 6)
    return `tcp ${frame[start + 13]} ${(frame[start + 12] as number) >> 4} ${frame.length > start + 80}`;
  if (protocol === 17) return `udp ${Math.min(u16(frame, start), u16(frame, start + 2))}`;
  return `${protocol} ${frame[start]} ${frame[start + 1]}`;
}
