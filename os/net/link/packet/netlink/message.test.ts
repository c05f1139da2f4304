import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address } from '../../../wire/address.ts';
import { parseAddress } from '../../../wire/address.ts';
import { readAddressState, writeAddressState } from './address-state.ts';
import { readLink } from './link-state.ts';
import { readAttributes, readError, readMessages, uint32, writeMessage } from './message.ts';
import { readNeighbour } from './neighbour-state.ts';
import { readRoute, writeRoute } from './route-state.ts';

const address = (text: string): Address => parseAddress(text) as Address;

describe('messages', () => {
  it('are read as they were written', () => {
    const head = { type: 16, flags: 5, sequence: 77 };
    const structure = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const bytes = new Uint8Array(
      writeMessage(head, structure, [
        [3, Uint8Array.of(9)],
        [
          18,
          [
            [1, Uint8Array.of(1, 2, 3, 4, 5)],
            [2, uint32(70_000)],
          ],
        ],
      ]),
    );
    const [message, ...rest] = readMessages(bytes);
    expect(rest).toEqual([]);
    expect(message).toMatchObject(head);
    expect(message?.body.subarray(0, 8)).toEqual(structure);
    const attributes = readAttributes(message?.body ?? new Uint8Array(), 8);
    expect(attributes.get(3)).toEqual(Uint8Array.of(9));
    const nested = readAttributes(attributes.get(18) ?? new Uint8Array(), 0);
    expect(nested.get(1)).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
    expect(nested.get(2)).toEqual(uint32(70_000));
  });

  it('follow each other in one buffer', () => {
    const one = new Uint8Array(writeMessage({ type: 1, flags: 0, sequence: 1 }, new Uint8Array(5)));
    const two = new Uint8Array(writeMessage({ type: 2, flags: 0, sequence: 2 }, new Uint8Array(0)));
    expect(readMessages(Buffer.concat([one, two])).map(({ type }) => type)).toEqual([1, 2]);
    expect(readMessages(Buffer.concat([one, two.subarray(0, 15)])).map(({ type }) => type)).toEqual([1]);
  });

  it('carry errors, of which 0 is none', () => {
    const error = (value: number) => ({
      type: 2,
      flags: 0,
      sequence: 0,
      body: new Uint8Array(Int32Array.of(value).buffer),
    });
    expect(readError(error(-17))).toBe(17);
    expect(readError(error(0))).toBe(0);
    expect(readError({ ...error(0), type: 16 })).toBeUndefined();
  });

  it('of any bytes are survived, and nothing is read past their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        let total = 0;
        for (const { body } of readMessages(bytes)) {
          total += 16 + body.length;
          for (const read of [readLink, readAddressState, readRoute, readNeighbour]) read(body);
        }
        expect(total).toBeLessThanOrEqual(bytes.length);
        for (const read of [readLink, readAddressState, readRoute, readNeighbour]) read(bytes);
        for (const value of readAttributes(bytes, 0).values()) expect(value.length).toBeLessThan(bytes.length);
      }),
      { numRuns: 500 },
    );
  });

  it('with every byte of a good one changed are survived', () => {
    const [structure, attributes] = writeAddressState(3, address('2001:db8::1'), 64);
    const good = new Uint8Array(writeMessage({ type: 20, flags: 0, sequence: 0 }, structure, attributes));
    for (let at = 0; at < good.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bad = good.slice();
        bad[at] = value;
        for (const { body } of readMessages(bad)) readAddressState(body);
      }
    }
  });
});

const body = (structure: Uint8Array, attributes: Parameters<typeof writeMessage>[2]): Uint8Array =>
  readMessages(new Uint8Array(writeMessage({ type: 0, flags: 0, sequence: 0 }, structure, attributes)))[0]?.body ??
  new Uint8Array();

describe('addresses', () => {
  it.each([
    ['192.0.2.7', 24],
    ['192.0.2.7', 32],
    ['2001:db8::7', 64],
  ])('%s/%i is read as it was written', (text, prefixLength) => {
    expect(readAddressState(body(...writeAddressState(5, address(text), prefixLength)))).toMatchObject({
      index: 5,
      address: address(text),
      prefixLength,
      state: 'preferred',
      permanent: true,
      validFor: undefined,
    });
  });
});

describe('routes', () => {
  it.each([
    ['0.0.0.0', 0, '192.0.2.1', 100],
    ['198.51.100.0', 24, undefined, undefined],
    ['::', 0, 'fe80::1', 1024],
    ['2001:db8:1::', 48, undefined, 5],
  ])('to %s/%i by %s is read as it was written', (destination, prefixLength, gateway, metric) => {
    const route = {
      destination: address(destination),
      prefixLength,
      gateway: gateway === undefined ? undefined : address(gateway),
      index: 4,
      metric,
    };
    expect(readRoute(body(...writeRoute(route, 'dhcp')))).toEqual({
      ...route,
      metric: metric ?? 0,
      origin: 'dhcp',
      expiresIn: undefined,
    });
  });
});
