import { addressBytes } from '../address.ts';
import { labelsOf, nameKey, splitLabels } from './name.ts';
import { type RecordData, type ResourceRecord, recordTypes } from './record.ts';

/** Pointers have 14 bits: RFC 1035, section 4.1.4. */
const furthestPointer = 0x3fff;
const longestMessage = 65535;

/** Types whose names may be compressed: those of RFC 1035 itself (RFC 3597, section 4). */
const compressible: ReadonlySet<number> = new Set([
  recordTypes.NS,
  recordTypes.CNAME,
  recordTypes.SOA,
  recordTypes.PTR,
  recordTypes.MX,
]);

/** Writes a message from its start; a name that ends like an earlier one points there. */
export class DnsWriter {
  readonly #bytes: number[] = [];
  /** Where names, by their keys, have been written. */
  readonly #places = new Map<string, number>();
  #failed = false;

  /** The message, or undefined when something in it cannot be written. */
  finish(): Uint8Array | undefined {
    return this.#failed || this.#bytes.length > longestMessage ? undefined : Uint8Array.from(this.#bytes);
  }

  uint16(value: number): void {
    this.#bytes.push((value >>> 8) & 0xff, value & 0xff);
  }

  uint32(value: number): void {
    this.uint16(value >>> 16);
    this.uint16(value);
  }

  name(name: string, compress = true): void {
    const labels = labelsOf(name);
    if (labels === undefined) {
      this.#failed = true;
      return;
    }
    const texts = splitLabels(nameKey(name));
    for (const [index, label] of labels.entries()) {
      const rest = texts.slice(index).join('.');
      const place = this.#places.get(rest);
      if (compress && place !== undefined) {
        this.uint16(0xc000 | place);
        return;
      }
      if (place === undefined && this.#bytes.length <= furthestPointer) this.#places.set(rest, this.#bytes.length);
      this.#bytes.push(label.length, ...label);
    }
    this.#bytes.push(0);
  }

  record(record: ResourceRecord): void {
    this.name(record.name);
    this.uint16(record.type);
    this.uint16(record.class);
    this.uint32(record.ttl);
    const lengthAt = this.#bytes.length;
    this.uint16(0);
    this.#data(record.data, compressible.has(record.type));
    const length = this.#bytes.length - lengthAt - 2;
    if (length > 0xffff) this.#failed = true;
    this.#bytes[lengthAt] = (length >>> 8) & 0xff;
    this.#bytes[lengthAt + 1] = length & 0xff;
  }

  #data(data: RecordData, compress: boolean): void {
    switch (data.kind) {
      case 'address':
        this.#raw(addressBytes(data.address));
        return;
      case 'name':
        this.name(data.name, compress);
        return;
      case 'mail':
        this.uint16(data.preference);
        this.name(data.exchange, compress);
        return;
      case 'service':
        this.uint16(data.priority);
        this.uint16(data.weight);
        this.uint16(data.port);
        this.name(data.target, compress);
        return;
      case 'text':
        for (const string of data.strings) {
          if (string.length > 255) this.#failed = true;
          this.#bytes.push(string.length & 0xff);
          this.#raw(string);
        }
        return;
      case 'authority':
        this.name(data.server, compress);
        this.name(data.mailbox, compress);
        for (const value of [data.serial, data.refresh, data.retry, data.expire, data.minimum]) this.uint32(value);
        return;
      case 'opaque':
        this.#raw(data.bytes);
    }
  }

  #raw(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }
}
