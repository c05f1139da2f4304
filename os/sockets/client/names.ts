/** Names over the network daemon, in the manner of `dns.promises`. */
import type { Family, RecordType } from '../protocol.ts';
import type { Daemon } from './channel.ts';
import { lookupAddresses, namesOf, resolveRecords } from './questions.ts';

export interface LookupAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

const withFamily = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 });

/** The methods of `dns.promises` that matter. They reject with Node.js's codes: ENOTFOUND, ENODATA, ETIMEOUT, … */
export interface Names {
  lookup(name: string, options?: { family?: Family; all?: false }): Promise<LookupAddress>;
  lookup(name: string, options: { family?: Family; all: true }): Promise<readonly LookupAddress[]>;
  resolve(name: string, type?: RecordType): Promise<readonly unknown[]>;
  resolve4(name: string): Promise<readonly string[]>;
  resolve6(name: string): Promise<readonly string[]>;
  reverse(address: string): Promise<readonly string[]>;
}

export function names(daemon: Daemon = {}): Names {
  const resolve = (name: string, type: RecordType = 'A') => resolveRecords(name, type, daemon);
  async function lookup(name: string, { family = 0, all = false }: { family?: Family; all?: boolean } = {}) {
    const found = (await lookupAddresses(name, family, daemon)).map(withFamily);
    return all ? found : found[0];
  }
  return {
    lookup: lookup as Names['lookup'],
    resolve,
    resolve4: (name) => resolve(name, 'A') as Promise<readonly string[]>,
    resolve6: (name) => resolve(name, 'AAAA') as Promise<readonly string[]>,
    reverse: (address) => namesOf(address, daemon),
  };
}
