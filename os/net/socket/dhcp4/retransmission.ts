/** When the client says something again. All in milliseconds. */
import { between, type Random } from '../../environment/random.ts';

/**
 * Without an address: RFC 2131, section 4.1, doubles from 4 s to 64 s, give or take a second. Booting waits for this, so it
 * begins with 1 s; at that size a quarter is the second.
 */
export function discoveryDelay(attempt: number, random: Random): number {
  const delay = Math.min(1000 * 2 ** attempt, 64_000);
  const spread = Math.min(1000, delay / 4);
  return delay + between(random, -spread, spread);
}

/** How long a server is given to confirm an earlier lease, by attempt; then a new one is looked for. */
export const rebootDelays = [500, 750] as const;

/** Requests of an offered lease before it is given up: RFC 2131, section 3.1, step 5. */
export const mostRequests = 4;

/** With an address, section 4.4.5: half of what is left until `deadline`, at least a minute; less for a short lease. */
export function renewalDelay(now: number, deadline: number, leaseTime: number): number {
  const least = Math.min(60_000, Math.max(1000, (leaseTime * 1000) / 20));
  return Math.max(least, (deadline - now) / 2);
}

/** How long an offer that lacks something waits for a better one. */
export const offerPatience = 300;

/** Between a refused address and the next try: RFC 2131, section 3.1, step 5. */
export const declinePatience = 10_000;

/** Servers that contradict each other must not make a storm. The first refusal costs nothing. */
export const refusalDelay = (refusals: number): number =>
  refusals <= 1 ? 0 : Math.min(64_000, 1000 * 2 ** (refusals - 2));
