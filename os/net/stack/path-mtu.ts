/** What is known of the largest packets that get through: RFC 1191 and RFC 8201. */
import type { Clock, Timer } from '../environment/clock.ts';
import { type Address, isIpv4 } from '../wire/address.ts';

/** RFC 1191, section 6.3, and RFC 8201, section 4: larger packets are tried again after ten minutes. */
const lifetime = 600_000;
const most = 1024;
/** A smaller one is no honest router's: RFC 8201, section 4; for IPv4 Linux's `min_pmtu`. */
const least = { ipv4: 552, ipv6: 1280 } as const;
/** RFC 1191, section 7.1: where a router does not say, the next lower of the sizes that links have. */
const plateaus = [32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 552] as const;

export class PathMtus {
  readonly #clock: Clock;
  /** In the order of their expiry. */
  readonly #entries = new Map<Address, { mtu: number; expiresAt: number }>();
  readonly #expiry: Timer;

  /** @param widened paths may be wider than before: larger packets are to be tried */
  constructor(clock: Clock, widened: () => void) {
    this.#clock = clock;
    this.#expiry = clock.timer(() => {
      for (const [destination, { expiresAt }] of this.#entries) {
        if (expiresAt > clock.now) break;
        this.#entries.delete(destination);
      }
      this.#arm();
      widened();
    });
  }

  /** How many destinations are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** The largest packet to `destination`, at most `linkMtu`. */
  get(destination: Address, linkMtu: number): number {
    const entry = this.#entries.get(destination);
    return entry === undefined ? linkMtu : Math.min(linkMtu, entry.mtu);
  }

  /**
   * A router said that a packet was too big.
   * @param said its MTU, 0 if it did not tell
   * @param sent length of the packet that was too big
   * @returns whether this is news
   */
  lower(destination: Address, said: number, sent: number): boolean {
    // RFC 5927, section 7.2: a packet that would have fitted was not too big.
    if (said >= sent) return false;
    const floor = isIpv4(destination) ? least.ipv4 : least.ipv6;
    const mtu = Math.max(floor, said === 0 ? (plateaus.find((size) => size < sent) ?? floor) : said);
    if (mtu >= this.get(destination, Number.POSITIVE_INFINITY)) return false;
    this.#entries.delete(destination);
    this.#entries.set(destination, { mtu, expiresAt: this.#clock.now + lifetime });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= most) break;
      this.#entries.delete(oldest);
    }
    this.#arm();
    return true;
  }

  #arm(): void {
    const [oldest] = this.#entries.values();
    if (oldest === undefined) this.#expiry.clear();
    else this.#expiry.setAt(oldest.expiresAt);
  }
}
