/** Messages of the Domain Name System: RFC 1035, section 4; EDNS: RFC 6891, section 6.1. */
import { u16, u32 } from '../bytes.ts';
import { readName } from './name.ts';
import { type RecordData, type ResourceRecord, readRecordData, recordTypes } from './record.ts';
import { DnsWriter } from './writer.ts';

/** Response codes. IANA, "DNS RCODEs". */
export const responseCodes = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  noSuchName: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;

export interface Question {
  readonly name: string;
  readonly type: number;
  /** With multicast DNS the top bit asks for a unicast answer: RFC 6762, section 5.4. */
  readonly class: number;
}

/** What an OPT record carries. */
export interface Edns {
  /** The longest UDP payload that its sender can take, in bytes. */
  readonly payloadSize: number;
  readonly version: number;
}

export interface DnsMessage {
  readonly id: number;
  readonly response: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  /** With the upper bits from the OPT record, if there is one. */
  readonly code: number;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  /** Without the OPT record. */
  readonly additionals: readonly ResourceRecord[];
  readonly edns: Edns | undefined;
}

const headerLength = 12;

/** Bits of the second word of the header. */
const flags = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
};

/** A message with nothing in it, to be filled. */
export const emptyMessage: DnsMessage = {
  id: 0,
  response: false,
  opcode: 0,
  authoritative: false,
  truncated: false,
  recursionDesired: false,
  recursionAvailable: false,
  code: responseCodes.noError,
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
  edns: undefined,
};

/**
 * Reads a message. Bytes after the last record are ignored.
 * @returns undefined when it is none. Of a truncated message that breaks off, what could be read.
 */
export function parseDnsMessage(bytes: Uint8Array): DnsMessage | undefined {
  if (bytes.length < headerLength) return undefined;
  const word = u16(bytes, 2);
  const truncated = (word & flags.truncated) !== 0;
  const reader = new SectionReader(bytes);
  const questions = reader.questions(u16(bytes, 4));
  const answers = reader.records(u16(bytes, 6));
  const authorities = reader.records(u16(bytes, 8));
  const additionals = reader.records(u16(bytes, 10));
  if (reader.broken && !truncated) return undefined;
  const option = additionals.find((record) => record.type === recordTypes.OPT);
  return {
    id: u16(bytes, 0),
    response: (word & flags.response) !== 0,
    opcode: (word >> 11) & 0xf,
    authoritative: (word & flags.authoritative) !== 0,
    truncated,
    recursionDesired: (word & flags.recursionDesired) !== 0,
    recursionAvailable: (word & flags.recursionAvailable) !== 0,
    // RFC 6891, section 6.1.3: the OPT record's TTL is upper bits of the code, version, flags.
    code: (word & 0xf) | (option === undefined ? 0 : (option.ttl >>> 24) << 4),
    questions,
    answers,
    authorities,
    additionals: additionals.filter((record) => record.type !== recordTypes.OPT),
    edns: option && { payloadSize: option.class, version: (option.ttl >>> 16) & 0xff },
  };
}

class SectionReader {
  readonly #bytes: Uint8Array;
  #at = headerLength;
  /** A record could not be read: nothing more is. */
  broken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  questions(count: number): Question[] {
    const questions: Question[] = [];
    while (questions.length < count && !this.broken) {
      const read = this.#head(4);
      if (read === undefined) break;
      questions.push({ name: read.name, type: u16(this.#bytes, read.at), class: u16(this.#bytes, read.at + 2) });
      this.#at = read.at + 4;
    }
    return questions;
  }

  records(count: number): ResourceRecord[] {
    const records: ResourceRecord[] = [];
    while (records.length < count && !this.broken) {
      const read = this.#head(10);
      if (read === undefined) break;
      const { at } = read;
      const end = at + 10 + u16(this.#bytes, at + 8);
      if (end > this.#bytes.length) {
        this.broken = true;
        break;
      }
      const type = u16(this.#bytes, at);
      const data: RecordData = readRecordData(type, this.#bytes, at + 10, end);
      const ttl = u32(this.#bytes, at + 4);
      records.push({ name: read.name, type, class: u16(this.#bytes, at + 2), ttl, data });
      this.#at = end;
    }
    return records;
  }

  /** The name at the current place, and where the fixed part after it starts, which is there in full. */
  #head(fixed: number): { name: string; at: number } | undefined {
    const read = readName(this.#bytes, this.#at);
    if (read !== undefined && read.next + fixed <= this.#bytes.length) return { name: read.name, at: read.next };
    this.broken = true;
    return undefined;
  }
}

/**
 * A message as bytes, with names compressed.
 * @returns undefined when a name in it is none, or it is longer than 65535 bytes
 */
export function encodeDnsMessage(message: DnsMessage): Uint8Array | undefined {
  const writer = new DnsWriter();
  writer.uint16(message.id);
  writer.uint16(
    (message.response ? flags.response : 0) |
      ((message.opcode & 0xf) << 11) |
      (message.authoritative ? flags.authoritative : 0) |
      (message.truncated ? flags.truncated : 0) |
      (message.recursionDesired ? flags.recursionDesired : 0) |
      (message.recursionAvailable ? flags.recursionAvailable : 0) |
      (message.code & 0xf),
  );
  const { questions, answers, authorities, additionals, edns } = message;
  writer.uint16(questions.length);
  writer.uint16(answers.length);
  writer.uint16(authorities.length);
  writer.uint16(additionals.length + (edns === undefined ? 0 : 1));
  for (const question of questions) {
    writer.name(question.name);
    writer.uint16(question.type);
    writer.uint16(question.class);
  }
  for (const record of [...answers, ...authorities, ...additionals]) writer.record(record);
  if (edns !== undefined) {
    const ttl = ((message.code >>> 4) & 0xff) * 2 ** 24 + (edns.version & 0xff) * 65536;
    const data = { kind: 'opaque', bytes: new Uint8Array(0) } as const;
    writer.record({ name: '', type: recordTypes.OPT, class: edns.payloadSize, ttl, data });
  }
  return writer.finish();
}
