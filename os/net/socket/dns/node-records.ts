import type { Resolver } from '../../host/host.ts';
import { formatAddress } from '../../wire/address.ts';
import type { ResourceRecord } from '../../wire/dns/record.ts';

export type ResolvableType = Parameters<Resolver['resolve']>[1];

const text = new TextDecoder();

/** A record in the form that Node.js's `dns.promises.resolve` gives it. */
export function nodeRecord({ data }: ResourceRecord): unknown {
  switch (data.kind) {
    case 'address':
      return formatAddress(data.address);
    case 'name':
      return data.name;
    case 'mail':
      return { priority: data.preference, exchange: data.exchange };
    case 'service':
      return { priority: data.priority, weight: data.weight, port: data.port, name: data.target };
    case 'text':
      return data.strings.map((string) => text.decode(string));
    case 'authority':
    case 'opaque':
      return null;
  }
}
