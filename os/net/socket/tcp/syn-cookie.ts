/**
 * SYN cookies: when too many openings are half done, what would be remembered goes into the sequence number, and into the
 * timestamp if the peer has sent one, and comes back with the peer's acknowledgement. RFC 4987, section 3.6.
 */
import type { Address } from '../../wire/address.ts';
import type { Negotiated } from './handshake.ts';
import type { Secrets } from './secrets.ts';

/** Cookies are good for the minute in which they are made, and for the next. */
const period = 64_000;
/** What peers announce mostly; the largest that is not above the announced one is used. */
const segments = [536, 1220, 1300, 1360, 1400, 1440, 1460, 8960] as const;
/** The lower bits of the timestamp: four for the scale, with 15 for none, and one for selective acknowledgement. */
const stampBits = 6;
const stampMask = (1 << stampBits) - 1;
const noScale = 15;

export interface Ends {
  readonly local: Address;
  readonly localPort: number;
  readonly remote: Address;
  readonly remotePort: number;
}

const hash = (secrets: Secrets, { local, localPort, remote, remotePort }: Ends, more: number): number =>
  secrets.cookie(local, localPort, remote, remotePort, more);

/** The initial sequence number that stands for a SYN: 29 bits of hash over the ends, its number and the time, 3 of MSS. */
export function makeCookie(secrets: Secrets, ends: Ends, sequence: number, maxSegment: number, now: number): number {
  let index = segments.findLastIndex((segment) => segment <= maxSegment);
  if (index < 0) index = 0;
  return cookie(secrets, ends, sequence, index, Math.floor(now / period));
}

function cookie(secrets: Secrets, ends: Ends, sequence: number, index: number, minute: number): number {
  // The MSS is hashed too, so it cannot be changed, and the period is tried rather than sent.
  return ((hash(secrets, ends, (sequence ^ Math.imul(minute * 8 + index, 0x9e3779b1)) | 0) & ~7) | index) >>> 0;
}

/** The timestamp to send with a cookie: not after the present one, with the options in its lower bits. */
export function makeStamp(timestamp: number, peer: Negotiated): number {
  const scale = peer.windowScale < 0 ? noScale : peer.windowScale;
  const options = (scale << 1) | (peer.sackPermitted ? 1 : 0);
  const stamp = ((timestamp & ~stampMask) | options) >>> 0;
  return ((timestamp - stamp) | 0) < 0 ? (stamp - stampMask - 1) >>> 0 : stamp;
}

/**
 * What was negotiated, read from the acknowledgement of a cookie.
 * @param cookieSent the acknowledged number less one
 * @param sequence the number of the peer's SYN
 * @param echo the timestamp that came back, if timestamps are in use, with that of the peer
 * @returns undefined when the cookie is not one of ours, or too old
 */
export function readCookie(
  secrets: Secrets,
  ends: Ends,
  cookieSent: number,
  sequence: number,
  now: number,
  stamps: { readonly value: number; readonly echo: number } | undefined,
): Negotiated | undefined {
  const index = cookieSent & 7;
  const minute = Math.floor(now / period);
  const known = [minute, minute - 1].some((time) => cookie(secrets, ends, sequence, index, time) === cookieSent);
  const maxSegment = segments[index];
  if (!known || maxSegment === undefined) return undefined;
  if (stamps === undefined) {
    return { maxSegment, windowScale: -1, sackPermitted: false, hasTimestamps: false, timestamp: 0 };
  }
  const options = stamps.echo & stampMask;
  const scale = options >> 1;
  return {
    maxSegment,
    windowScale: scale >= noScale ? -1 : scale,
    sackPermitted: (options & 1) === 1,
    hasTimestamps: true,
    timestamp: stamps.value,
  };
}
