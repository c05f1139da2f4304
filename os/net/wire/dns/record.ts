/** Resource records and the types of them that this system understands. RFC 1035, section 3.2. */
import { type Address, isIpv4, readIpv4, readIpv6 } from '../address.ts';
import { u16, u32 } from '../bytes.ts';
import { readName } from './name.ts';

/** IANA, "Domain Name System (DNS) Parameters". */
export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  NSEC: 47,
  ANY: 255,
} as const;

export const internetClass = 1;

/** What a record says, as far as its type is understood and its bytes are right; otherwise the bytes themselves. */
export type RecordData =
  | { readonly kind: 'address'; readonly address: Address }
  /** NS, CNAME, PTR */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'mail'; readonly preference: number; readonly exchange: string }
  | {
      readonly kind: 'service';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly kind: 'text'; readonly strings: readonly Uint8Array[] }
  /** SOA; times in seconds. */
  | {
      readonly kind: 'authority';
      readonly server: string;
      readonly mailbox: string;
      readonly serial: number;
      readonly refresh: number;
      readonly retry: number;
      readonly expire: number;
      readonly minimum: number;
    }
  | { readonly kind: 'opaque'; readonly bytes: Uint8Array };

export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  /** With multicast DNS the top bit means something else: RFC 6762, section 10.2. */
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: RecordData;
}

/** A record that gives an address of a name. */
export const addressRecord = (name: string, address: Address, ttl: number, recordClass = internetClass) =>
  ({
    name,
    type: isIpv4(address) ? recordTypes.A : recordTypes.AAAA,
    class: recordClass,
    ttl,
    data: { kind: 'address', address },
  }) satisfies ResourceRecord;

type Read = (bytes: Uint8Array, start: number, end: number) => RecordData | undefined;

const singleName: Read = (bytes, start, end) => {
  const read = readName(bytes, start);
  return read?.next === end ? { kind: 'name', name: read.name } : undefined;
};

const readers: Readonly<Record<number, Read>> = {
  [recordTypes.A]: (bytes, start, end) =>
    end - start === 4 ? { kind: 'address', address: readIpv4(bytes, start) } : undefined,
  [recordTypes.AAAA]: (bytes, start, end) =>
    end - start === 16 ? { kind: 'address', address: readIpv6(bytes, start) } : undefined,
  [recordTypes.NS]: singleName,
  [recordTypes.CNAME]: singleName,
  [recordTypes.PTR]: singleName,
  [recordTypes.MX]: (bytes, start, end) => {
    const exchange = readName(bytes, start + 2);
    if (exchange?.next !== end) return undefined;
    return { kind: 'mail', preference: u16(bytes, start), exchange: exchange.name };
  },
  [recordTypes.SRV]: (bytes, start, end) => {
    const target = readName(bytes, start + 6);
    if (target?.next !== end) return undefined;
    return {
      kind: 'service',
      priority: u16(bytes, start),
      weight: u16(bytes, start + 2),
      port: u16(bytes, start + 4),
      target: target.name,
    };
  },
  [recordTypes.TXT]: (bytes, start, end) => {
    const strings: Uint8Array[] = [];
    let at = start;
    while (at < end) {
      const next = at + 1 + (bytes[at] as number);
      if (next > end) return undefined;
      strings.push(bytes.slice(at + 1, next));
      at = next;
    }
    return strings.length > 0 ? { kind: 'text', strings } : undefined;
  },
  [recordTypes.SOA]: (bytes, start, end) => {
    const server = readName(bytes, start);
    const mailbox = server && readName(bytes, server.next);
    if (server === undefined || mailbox === undefined || mailbox.next + 20 !== end) return undefined;
    const number = (index: number) => u32(bytes, mailbox.next + 4 * index);
    return {
      kind: 'authority',
      server: server.name,
      mailbox: mailbox.name,
      serial: number(0),
      refresh: number(1),
      retry: number(2),
      expire: number(3),
      minimum: number(4),
    };
  },
};

/** Reads the data of a record, which is in `bytes` from `start` to `end`, both within the message. */
export function readRecordData(type: number, bytes: Uint8Array, start: number, end: number): RecordData {
  return readers[type]?.(bytes, start, end) ?? { kind: 'opaque', bytes: bytes.slice(start, end) };
}
