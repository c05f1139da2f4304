/** What all of multicast DNS shares: RFC 6762. */
import { type Address, formatAddress, isIpv4, parseAddress } from '../../wire/address.ts';
import { encodeName } from '../../wire/dns/name.ts';
import { addressRecord, internetClass, type ResourceRecord, recordTypes } from '../../wire/dns/record.ts';
import { reverseName } from '../dns/names.ts';

export const mdnsPort = 5353;

/** Section 3. */
export const mdnsGroups = [parseAddress('224.0.0.251') as Address, parseAddress('ff02::fb') as Address] as const;

/** The top bit of the class: of a question "answer by unicast" (5.4), of a record "forget others of this name" (10.2). */
export const topBit = 0x8000;

/** Seconds: of records that have a host's name in them (section 10). */
export const hostTtl = 120;
/** Seconds: of answers to those who speak plain DNS (section 6.7). */
export const legacyTtl = 10;

/** An interface, and the addresses of this host on it that others may know. */
export interface MdnsInterface {
  readonly name: string;
  readonly addresses: readonly Address[];
}

/** The group of a family, if the interface has an address of it. */
export const groupsOf = ({ addresses }: MdnsInterface): Address[] =>
  mdnsGroups.filter((group) => addresses.some((address) => isIpv4(address) === isIpv4(group)));

/** All records of a host on one interface: addresses, names of the addresses, and which types there are (6.1). */
export function hostRecords(name: string, { addresses }: MdnsInterface): ResourceRecord[] {
  const unique = internetClass | topBit;
  const records: ResourceRecord[] = addresses.map((address) => addressRecord(name, address, hostTtl, unique));
  for (const address of addresses) {
    const data = { kind: 'name', name } as const;
    records.push({ name: reverseName(address), type: recordTypes.PTR, class: unique, ttl: hostTtl, data });
  }
  records.push(
    typesOf(
      name,
      records.filter((record) => record.name === name).map(({ type }) => type),
    ),
  );
  return records;
}

/** NSEC: these types and no others, so that nobody waits for an address of the family that is not there. Section 6.1. */
function typesOf(name: string, types: readonly number[]): ResourceRecord {
  const bitmap = new Uint8Array(4);
  for (const type of types) if (type < 32) bitmap[type >> 3] = (bitmap[type >> 3] as number) | (0x80 >> (type & 7));
  const owner = encodeName(name) ?? Uint8Array.of(0);
  const bytes = Uint8Array.from([...owner, 0, bitmap.length, ...bitmap]);
  return { name, type: recordTypes.NSEC, class: internetClass | topBit, ttl: hostTtl, data: { kind: 'opaque', bytes } };
}

/** The data of a record as a text by which it can be compared. */
export function dataKey({ type, data }: ResourceRecord): string {
  if (data.kind === 'address') return `${type} ${formatAddress(data.address)}`;
  if (data.kind === 'name') return `${type} ${data.name.toLowerCase()}`;
  return `${type} ${JSON.stringify(data)}`;
}
