import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress, readIpv4, readIpv6 } from '../address.ts';
import { type DnsMessage, emptyMessage, encodeDnsMessage, parseDnsMessage } from './message.ts';
import { encodeName, readName } from './name.ts';
import { addressRecord, type RecordData, type ResourceRecord, recordTypes } from './record.ts';

const address = (text: string) => parseAddress(text) as Address;

/** The names that the parser makes of labels of any bytes. */
const names = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 8 }), { maxLength: 4 })
  .map((labels) => Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]))
  .map((bytes) => readName(bytes, 0)?.name ?? '');
const word = fc.nat(0xffff);
const long = fc.nat(0xffffffff);

const records: fc.Arbitrary<ResourceRecord> = fc
  .oneof(
    fc.tuple(
      fc.constant(recordTypes.A),
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map(
        (bytes): RecordData => ({
          kind: 'address',
          address: readIpv4(bytes, 0),
        }),
      ),
    ),
    fc.tuple(
      fc.constant(recordTypes.AAAA),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map(
        (bytes): RecordData => ({
          kind: 'address',
          address: readIpv6(bytes, 0),
        }),
      ),
    ),
    fc.tuple(
      fc.constantFrom(recordTypes.CNAME, recordTypes.NS, recordTypes.PTR),
      names.map((name): RecordData => ({ kind: 'name', name })),
    ),
    fc.tuple(
      fc.constant(recordTypes.MX),
      fc.record({ kind: fc.constant('mail' as const), preference: word, exchange: names }),
    ),
    fc.tuple(
      fc.constant(recordTypes.SRV),
      fc.record({ kind: fc.constant('service' as const), priority: word, weight: word, port: word, target: names }),
    ),
    fc.tuple(
      fc.constant(recordTypes.TXT),
      fc.record({
        kind: fc.constant('text' as const),
        strings: fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 3 }),
      }),
    ),
    fc.tuple(
      fc.constant(recordTypes.SOA),
      fc.record({
        kind: fc.constant('authority' as const),
        server: names,
        mailbox: names,
        serial: long,
        refresh: long,
        retry: long,
        expire: long,
        minimum: long,
      }),
    ),
    fc.tuple(
      fc.constantFrom(99, 257),
      fc.uint8Array({ maxLength: 20 }).map((bytes): RecordData => ({ kind: 'opaque', bytes })),
    ),
  )
  .chain(([type, data]) =>
    fc.record({ name: names, type: fc.constant(type), class: word, ttl: long, data: fc.constant(data) }),
  );

const messages: fc.Arbitrary<DnsMessage> = fc.record({
  id: word,
  response: fc.boolean(),
  opcode: fc.nat(15),
  authoritative: fc.boolean(),
  truncated: fc.boolean(),
  recursionDesired: fc.boolean(),
  recursionAvailable: fc.boolean(),
  code: fc.nat(15),
  questions: fc.array(fc.record({ name: names, type: word, class: word }), { maxLength: 2 }),
  answers: fc.array(records, { maxLength: 4 }),
  authorities: fc.array(records, { maxLength: 2 }),
  additionals: fc.array(records, { maxLength: 2 }),
  edns: fc.option(fc.record({ payloadSize: word, version: fc.nat(255) }), { nil: undefined }),
});

describe('messages', () => {
  it('have a query as RFC 1035 and RFC 6891 lay it out', () => {
    const query = encodeDnsMessage({
      ...emptyMessage,
      id: 0xbeef,
      recursionDesired: true,
      questions: [{ name: 'example.com', type: recordTypes.A, class: 1 }],
      edns: { payloadSize: 1232, version: 0 },
    });
    expect(Buffer.from(query ?? []).toString('hex')).toBe(
      'beef01000001000000000001076578616d706c6503636f6d0000010001000029' + '04d0000000000000',
    );
  });

  it('are read: an answer with an alias, compressed', () => {
    const wire = Buffer.from(
      'beef81800001000200000000' +
        '03777777076578616d706c6503636f6d0000010001' +
        'c00c00050001000000ff0006036f726bc010' +
        'c02d00010001000000ff0004c0000201',
      'hex',
    );
    const message = parseDnsMessage(wire);
    expect(message).toMatchObject({ id: 0xbeef, response: true, code: 0, recursionAvailable: true, edns: undefined });
    expect(message?.answers).toEqual([
      { name: 'www.example.com', type: 5, class: 1, ttl: 255, data: { kind: 'name', name: 'ork.example.com' } },
      addressRecord('ork.example.com', address('192.0.2.1'), 255),
    ]);
  });

  it('share the ends of their names', () => {
    const answers = ['a.example.com', 'B.EXAMPLE.com', 'example.com'].map((name) =>
      addressRecord(name, address('192.0.2.1'), 1),
    );
    const wire = encodeDnsMessage({ ...emptyMessage, answers }) as Uint8Array;
    expect(wire).toHaveLength(12 + (15 + 14) + (4 + 14) + (2 + 14));
    expect(parseDnsMessage(wire)?.answers.map(({ name }) => name)).toEqual([
      'a.example.com',
      'B.example.com',
      'example.com',
    ]);
  });

  it('point nowhere beyond what a pointer can reach', () => {
    const filler: ResourceRecord = {
      name: '',
      type: 99,
      class: 1,
      ttl: 0,
      data: { kind: 'opaque', bytes: new Uint8Array(16380) },
    };
    const far = addressRecord('far.example', address('192.0.2.1'), 1);
    const wire = encodeDnsMessage({ ...emptyMessage, answers: [filler, far, far] }) as Uint8Array;
    expect(parseDnsMessage(wire)?.answers.slice(1)).toEqual([far, far]);
  });

  it('carry the upper bits of the code in the OPT record', () => {
    const wire = encodeDnsMessage({ ...emptyMessage, code: 16, edns: { payloadSize: 512, version: 0 } }) as Uint8Array;
    expect(parseDnsMessage(wire)?.code).toBe(16);
  });

  it('keep what was whole when they are truncated, and are refused when they only break off', () => {
    const question = { name: 'a', type: 1, class: 1 };
    const answers = [addressRecord('a', address('192.0.2.1'), 1), addressRecord('a', address('192.0.2.2'), 1)];
    const cut = (truncated: boolean) =>
      parseDnsMessage(
        (encodeDnsMessage({ ...emptyMessage, truncated, questions: [question], answers }) as Uint8Array).slice(0, -3),
      );
    expect(cut(true)?.answers).toEqual(answers.slice(0, 1));
    expect(cut(false)).toBeUndefined();
  });

  it('are not made of what is no name', () => {
    expect(encodeDnsMessage({ ...emptyMessage, questions: [{ name: 'a..b', type: 1, class: 1 }] })).toBeUndefined();
    expect(encodeName('a..b')).toBeUndefined();
  });

  it('survive writing and reading', () => {
    const lower = (message: DnsMessage | undefined) => JSON.stringify(message).toLowerCase();
    fc.assert(
      fc.property(messages, (message) => {
        const wire = encodeDnsMessage(message) as Uint8Array;
        // Compression may borrow the other case of a letter.
        expect(lower(parseDnsMessage(wire))).toBe(lower(message));
      }),
      { numRuns: 500 },
    );
  });

  it('never throw, whatever the bytes, random or changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        parseDnsMessage(bytes);
      }),
      { numRuns: 20_000 },
    );
    fc.assert(
      fc.property(
        messages,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
        fc.nat(),
        (message, changes, cut) => {
          const wire = encodeDnsMessage(message) as Uint8Array;
          for (const [at, value] of changes) wire[at % wire.length] = value;
          parseDnsMessage(wire);
          parseDnsMessage(wire.subarray(0, cut % wire.length));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('take no longer than their length deserves: names of nothing but pointers', () => {
    const wire = new Uint8Array(65535);
    wire[4] = 0xff;
    wire[5] = 0xff;
    // A row of labels, then questions that each point to its start.
    for (let at = 12; at < 12 + 252; at += 2) wire.set([1, 0x61], at);
    for (let at = 12 + 253; at + 6 <= wire.length; at += 6) wire.set([0xc0, 12, 0, 1, 0, 1], at);
    expect(parseDnsMessage(wire)).toBeUndefined();
  });
});
