/**
 * Numbers that nobody off the path can guess, made of a connection's addresses and a secret: initial sequence numbers
 * (RFC 6528) and where a connection's timestamps begin (RFC 7323, section 7.1).
 */

import { type SipKey, sipHash } from '../../../lib/siphash.ts';
import type { Random } from '../../environment/random.ts';
import type { Address } from '../../wire/address.ts';

const key = (random: Random): SipKey => [random.uint32(), random.uint32(), random.uint32(), random.uint32()];

function words(local: Address, localPort: number, remote: Address, remotePort: number, more: number): number[] {
  const list = [(localPort << 16) | remotePort, more];
  for (let index = 0; index < local.length; index += 2) {
    list.push((local.charCodeAt(index) << 16) | local.charCodeAt(index + 1));
    list.push((remote.charCodeAt(index) << 16) | remote.charCodeAt(index + 1));
  }
  return list;
}

export class Secrets {
  readonly #sequence: SipKey;
  readonly #timestamp: SipKey;
  readonly #cookie: SipKey;

  constructor(random: Random) {
    this.#sequence = key(random);
    this.#timestamp = key(random);
    this.#cookie = key(random);
  }

  /** RFC 6528, section 3: a hash of the addresses, and a clock that ticks every 4 µs. `now` in milliseconds. */
  initialSequence(local: Address, localPort: number, remote: Address, remotePort: number, now: number): number {
    const hash = sipHash(this.#sequence, words(local, localPort, remote, remotePort, 0));
    return (hash + Math.floor(now * 250)) >>> 0;
  }

  /** What is added to the clock's milliseconds to give this connection's timestamps; the same for the same two ends. */
  timestampOffset(local: Address, localPort: number, remote: Address, remotePort: number): number {
    return sipHash(this.#timestamp, words(local, localPort, remote, remotePort, 0));
  }

  /** For SYN cookies; `more` is what else the number shall depend on. */
  cookie(local: Address, localPort: number, remote: Address, remotePort: number, more: number): number {
    return sipHash(this.#cookie, words(local, localPort, remote, remotePort, more));
  }
}
