import { type DnsMessage, type Question, responseCodes } from '../../wire/dns/message.ts';
import { isWithin, nameKey, sameName } from '../../wire/dns/name.ts';
import { internetClass, type ResourceRecord, recordTypes } from '../../wire/dns/record.ts';

/** What a response says about its question. `ttl`: seconds for which it may be believed; 0 is not at all. */
export type Answer =
  | { readonly kind: 'found'; readonly records: readonly ResourceRecord[]; readonly ttl: number }
  /** The name stands for another one, about which the response says nothing. */
  | { readonly kind: 'alias'; readonly target: string; readonly ttl: number }
  | { readonly kind: 'none'; readonly code: 'ENOTFOUND' | 'ENODATA'; readonly ttl: number }
  /** Names stand for each other in a circle. */
  | { readonly kind: 'circle'; readonly ttl: 0 };

/** A chain of aliases in one response may have so many links. */
const longestChain = 16;

/** Seconds: a name that was not there may come soon. RFC 2308, section 5, allows up to three hours. */
const longestNegative = 900;
/** Seconds. */
const longestPositive = 86_400;

/**
 * Follows the question through the answer section. Only records about the name that was asked for, or about what it stands
 * for, count: whatever else a server adds was not asked, and is not believed (RFC 5452, section 6).
 */
export function readAnswer(question: Question, message: DnsMessage): Answer {
  let { name } = question;
  let ttl = longestPositive;
  const seen = new Set<string>();
  for (;;) {
    seen.add(nameKey(name));
    const about = message.answers.filter((one) => one.class === internetClass && sameName(one.name, name));
    const records = about.filter((record) => record.type === question.type && record.data.kind !== 'opaque');
    if (records.length > 0) return { kind: 'found', records, ttl: shortest(ttl, records) };
    const alias = about.find((record) => record.type === recordTypes.CNAME);
    if (alias?.data.kind !== 'name') break;
    name = alias.data.name;
    ttl = shortest(ttl, [alias]);
    if (seen.has(nameKey(name)) || seen.size > longestChain) return { kind: 'circle', ttl: 0 };
  }
  const code = message.code === responseCodes.noSuchName ? 'ENOTFOUND' : 'ENODATA';
  const negative = negativeTtl(name, message);
  // An alias whose target has its SOA here was followed to its end by the server; of another one it did not look.
  if (seen.size > 1 && code === 'ENODATA' && negative === undefined) return { kind: 'alias', target: name, ttl };
  return { kind: 'none', code, ttl: Math.min(ttl, negative ?? 0) };
}

/** RFC 2308, section 5: how long "no" is true, from the SOA record beside it; undefined when there is none. */
function negativeTtl(name: string, message: DnsMessage): number | undefined {
  for (const record of message.authorities) {
    if (record.data.kind !== 'authority' || record.class !== internetClass || !isWithin(name, record.name)) continue;
    return Math.min(shortest(longestNegative, [record]), record.data.minimum);
  }
  return undefined;
}

/** RFC 2181, section 8: with the top bit set, the time to live is zero. */
const shortest = (limit: number, records: readonly ResourceRecord[]): number =>
  records.reduce((least, { ttl }) => Math.min(least, ttl >= 2 ** 31 ? 0 : ttl), limit);
