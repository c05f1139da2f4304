import { addressBytes } from '../../wire/address.ts';
import type { ResourceRecord } from '../../wire/dns/record.ts';

const longestLabel = 63;

/** The name to try after a conflict: `box`, `box-2`, `box-3`. RFC 6762, section 9. */
export function nextName(label: string): string {
  const match = /^(.*)-(\d{1,4})$/.exec(label);
  const suffix = `-${match === null ? 2 : Number(match[2]) + 1}`;
  return (match?.[1] ?? label).slice(0, longestLabel - suffix.length) + suffix;
}

/** RFC 6762, section 8.2: the records of both, sorted, are compared; the later ones win. Equal ones are no conflict. */
export function wins(own: readonly ResourceRecord[], other: readonly ResourceRecord[]): boolean {
  const ours = sorted(own);
  const theirs = sorted(other);
  for (const [index, mine] of ours.entries()) {
    const theirOne = theirs[index];
    if (theirOne === undefined || mine > theirOne) return true;
    if (mine < theirOne) return false;
  }
  return ours.length === theirs.length;
}

/** Class, type and data as texts that compare like the bytes. */
const sorted = (records: readonly ResourceRecord[]): string[] => records.map(comparable).sort();

function comparable({ class: recordClass, type, data }: ResourceRecord): string {
  const bytes = data.kind === 'address' ? addressBytes(data.address) : data.kind === 'opaque' ? data.bytes : [];
  return String.fromCharCode(recordClass & 0x7fff, type, ...bytes);
}
