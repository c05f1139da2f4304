import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeNtp, millisecondsOf, type NtpPacket, parseNtp, timestampOf } from './ntp.ts';

const timestamps = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const packets: fc.Arbitrary<NtpPacket> = fc.record({
  leap: fc.nat(3),
  version: fc.nat(7),
  mode: fc.nat(7),
  stratum: fc.nat(255),
  poll: fc.integer({ min: -128, max: 127 }),
  precision: fc.integer({ min: -128, max: 127 }),
  rootDelay: fc.nat(0xffffffff).map((value) => value / 65536),
  rootDispersion: fc.nat(0xffffffff).map((value) => value / 65536),
  reference: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => String.fromCharCode(...bytes)),
  referenceTime: timestamps,
  origin: timestamps,
  receive: timestamps,
  transmit: timestamps,
});

describe('packets of NTP', () => {
  it('are read as RFC 5905 lays them out', () => {
    const bytes = Buffer.from(
      '240106e9' +
        '00000180' +
        '00008000' +
        '47505300' +
        'e9d10000aaaaaaaa' +
        '0123456789abcdef' +
        'e9d1000180000000' +
        'e9d1000180100000',
      'hex',
    );
    expect(parseNtp(bytes)).toEqual({
      leap: 0,
      version: 4,
      mode: 4,
      stratum: 1,
      poll: 6,
      precision: -23,
      rootDelay: 384 / 65536,
      rootDispersion: 0.5,
      reference: 'GPS\0',
      referenceTime: 0xe9d10000aaaaaaaan,
      origin: 0x0123456789abcdefn,
      receive: 0xe9d1000180000000n,
      transmit: 0xe9d1000180100000n,
    });
    expect(parseNtp(bytes.subarray(0, 47))).toBeUndefined();
  });

  it('survive writing and reading, and never throw', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        expect(parseNtp(encodeNtp(packet))).toEqual(packet);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        parseNtp(bytes);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('timestamps', () => {
  it('count from 1900, and from 2036 on anew', () => {
    const moment = (text: string) => Date.parse(text);
    expect(timestampOf(0)).toBe(2_208_988_800n << 32n);
    expect(timestampOf(moment('2036-02-07T06:28:16Z'))).toBe(0n);
    expect(timestampOf(moment('2036-02-07T06:28:15.5Z'))).toBe(0xffffffff80000000n);
    expect(millisecondsOf(0n, moment('2026-01-01T00:00:00Z'))).toBe(moment('2036-02-07T06:28:16Z'));
    expect(millisecondsOf(0xffffffff80000000n, moment('2040-01-01T00:00:00Z'))).toBe(moment('2036-02-07T06:28:15.5Z'));
    expect(millisecondsOf(2_208_988_800n << 32n, moment('2000-01-01T00:00:00Z'))).toBe(0);
  });

  it('mean what they were made of, to a microsecond, within 68 years', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: -2_100_000_000, max: 2_100_000_000 }),
        (moment, away) => {
          expect(millisecondsOf(timestampOf(moment), moment + away * 1000)).toBeCloseTo(moment, 2);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
