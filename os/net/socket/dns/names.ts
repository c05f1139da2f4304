/** Which names are asked about, and whom: what people type, names with a meaning of their own, and the search list. */
import { domainToASCII } from 'node:url';
import { type Address, isIpv4, parseAddress } from '../../wire/address.ts';
import { isWithin, labelsOf } from '../../wire/dns/name.ts';

/**
 * A name as DNS has it: ASCII, no dot at the end (RFC 5891 by way of the URL standard). `absolute`: there was one, so it is
 * complete as it stands.
 * @returns undefined when it is none
 */
export function normalName(text: string): { readonly name: string; readonly absolute: boolean } | undefined {
  // Only then: for ASCII the URL standard has more opinions than DNS, on underscores and on numbers.
  const ascii = /^[\x21-\x7e]*$/.test(text) ? text : domainToASCII(text);
  const absolute = ascii.endsWith('.');
  const name = absolute ? ascii.slice(0, -1) : ascii;
  if (name === '' || name.endsWith('.') || labelsOf(name) === undefined) return undefined;
  return ascii !== text && parseAddress(name) !== undefined ? undefined : { name, absolute };
}

/** Who knows a name. `nobody`: it is certain that it does not exist. */
export type Authority = 'dns' | 'loopback' | 'multicast' | 'nobody';

/** RFC 6761, section 6; RFC 6762, sections 3 and 4; RFC 7686. */
const special: readonly (readonly [domain: string, Authority])[] = [
  ['localhost', 'loopback'],
  ['invalid', 'nobody'],
  ['onion', 'nobody'],
  ['local', 'multicast'],
  ['254.169.in-addr.arpa', 'multicast'],
  ['8.e.f.ip6.arpa', 'multicast'],
  ['9.e.f.ip6.arpa', 'multicast'],
  ['a.e.f.ip6.arpa', 'multicast'],
  ['b.e.f.ip6.arpa', 'multicast'],
];

export function authorityOf(name: string): Authority {
  // No top-level domain is a number: what ends so is an address that somebody wrote in an odd way.
  if (/(^|\.)(\d+|0x[0-9a-f]*)$/i.test(name)) return 'nobody';
  return special.find(([domain]) => isWithin(name, domain))?.[1] ?? 'dns';
}

/** The names to try, in order. One without a dot is one of the search domains first. */
export function candidates(name: string, absolute: boolean, search: readonly string[]): string[] {
  if (absolute || authorityOf(name) !== 'dns') return [name];
  const extended = search.map((domain) => `${name}.${domain}`).filter((longer) => labelsOf(longer) !== undefined);
  return name.includes('.') ? [name, ...extended] : [...extended, name];
}

/** The name under which an address's names are found: RFC 1035, section 3.5, and RFC 3596, section 2.5. */
export function reverseName(address: Address): string {
  const units = Array.from({ length: address.length }, (_, index) => address.charCodeAt(index));
  if (isIpv4(address)) {
    const bytes = units.flatMap((unit) => [unit >> 8, unit & 0xff]);
    return `${bytes.reverse().join('.')}.in-addr.arpa`;
  }
  const digits = units.map((unit) => unit.toString(16).padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}
