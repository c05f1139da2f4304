import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, addressBytes, parseAddress } from './address.ts';
import { put32 } from './bytes.ts';
import type { IcmpMessage } from './icmp.ts';
import { type MacAddress, parseMac } from './mac.ts';
import {
  advertisementFlags,
  type NdpOptions,
  neighbourBody,
  parseNeighbourAdvertisement,
  parseNeighbourSolicitation,
  parseRedirect,
  parseRouterAdvertisement,
  type RouterAdvertisement,
  routerAdvertisementBody,
  routerSolicitationBody,
} from './ndp.ts';

const at = (text: string) => parseAddress(text) as Address;
const mac = parseMac('02:00:00:00:00:07') as MacAddress;
const messageOf = (body: Uint8Array, rest = 0): IcmpMessage => ({ type: 0, code: 0, rest, start: 0, end: body.length });

/** An advertisement with these options, and otherwise nothing. */
const advertised = (...options: (number | Uint8Array)[][]): NdpOptions | undefined => {
  const parts = options.flatMap((option) => option.flatMap((part) => (typeof part === 'number' ? [part] : [...part])));
  const body = Uint8Array.from([...new Array(8).fill(0), ...parts]);
  return parseRouterAdvertisement(body, messageOf(body))?.options;
};
const number = (value: number) => {
  const bytes = new Uint8Array(4);
  put32(bytes, 0, value);
  return bytes;
};
const ascii = (text: string) => [...Buffer.from(text)];

describe('a router advertisement', () => {
  const advertisement: RouterAdvertisement = {
    hopLimit: 64,
    managed: true,
    other: false,
    preference: -1,
    lifetime: 1800,
    reachableTime: 30_000,
    retransmitTime: 1000,
    options: {
      source: mac,
      mtu: 1400,
      prefixes: [
        {
          prefix: at('2001:db8:1::'),
          length: 64,
          onLink: true,
          autonomous: false,
          validFor: Number.POSITIVE_INFINITY,
          preferredFor: 3600,
        },
      ],
      routes: [{ prefix: at('2001:db8:8::'), length: 48, preference: 1, lifetime: 60 }],
      dns: [{ servers: [at('2001:db8::53'), at('fe80::1')], domains: [], lifetime: 600 }],
    },
  };

  it('is read as it was written', () => {
    const { rest, body } = routerAdvertisementBody(advertisement);
    expect(parseRouterAdvertisement(body, messageOf(body, rest))).toEqual(advertisement);
  });

  it('is at least as long as its fixed part', () => {
    expect(parseRouterAdvertisement(new Uint8Array(7), messageOf(new Uint8Array(7)))).toBeUndefined();
  });

  it.each([
    [0x08, 1],
    [0x00, 0],
    [0x18, -1],
    [0x10, 0],
  ])('with the flags %i has the preference %i: RFC 4191, section 2.2', (flags, preference) => {
    const body = new Uint8Array(8);
    expect(parseRouterAdvertisement(body, messageOf(body, flags * 65_536))?.preference).toBe(preference);
  });
});

describe('options', () => {
  it('of length 0, or longer than the message, make it invalid: RFC 4861, section 4.6', () => {
    expect(advertised([5, 0, 0, 0, 0, 0, 0, 0])).toBeUndefined();
    expect(advertised([5, 2, 0, 0, 0, 0, 0, 0])).toBeUndefined();
    expect(advertised([5])).toBeUndefined();
  });

  it('that are unknown are passed over', () => {
    expect(advertised([200, 1, 1, 2, 3, 4, 5, 6], [5, 1, 0, 0, number(1300)])?.mtu).toBe(1300);
  });

  it('for a prefix of a wrong length are passed over', () => {
    expect(advertised([3, 1, 64, 0xc0, 0, 0, 0, 0])?.prefixes).toEqual([]);
  });

  it('for a route are as long as its prefix needs: RFC 4191, section 2.3', () => {
    const bytes = addressBytes(at('2001:db8:77:1:2:3:4:5'));
    const route = (units: number, bits: number, flags = 0) =>
      advertised([24, units, bits, flags, number(300), bytes.subarray(0, (units - 1) * 8)])?.routes;
    const found = { preference: 0, lifetime: 300 };
    expect(route(1, 0)).toEqual([{ prefix: at('::'), length: 0, ...found }]);
    expect(route(2, 48)).toEqual([{ prefix: at('2001:db8:77:1::'), length: 48, ...found }]);
    expect(route(3, 128)).toEqual([{ prefix: at('2001:db8:77:1:2:3:4:5'), length: 128, ...found }]);
    expect(route(2, 64, 0x08)?.[0]?.preference).toBe(1);
    expect(route(2, 64, 0x18)?.[0]?.preference).toBe(-1);
    for (const wrong of [route(1, 1), route(2, 65), route(3, 129), route(2, 64, 0x10)]) expect(wrong).toEqual([]);
  });

  it('for DNS servers: RFC 8106, section 5.1', () => {
    const server = addressBytes(at('2001:db8::53'));
    const head = [0, 0, number(0xffffffff)];
    expect(advertised([25, 3, ...head, server])?.dns).toEqual([
      { servers: [at('2001:db8::53')], domains: [], lifetime: Number.POSITIVE_INFINITY },
    ]);
    // Half an address more is none.
    expect(advertised([25, 4, ...head, server, number(0), number(0)])?.dns[0]?.servers).toHaveLength(1);
    expect(advertised([25, 1, ...head])?.dns).toEqual([]);
  });

  it('for search domains: RFC 8106, section 5.2', () => {
    const domains = (...bytes: number[]) => {
      const length = Math.ceil(bytes.length / 8) * 8;
      const padded = [...bytes, ...new Array(length - bytes.length).fill(0)];
      return advertised([31, 1 + length / 8, 0, 0, number(60), ...padded])?.dns[0]?.domains;
    };
    const lab = [3, ...ascii('lab'), 0];
    expect(domains(7, ...ascii('example'), ...lab, ...lab)).toEqual(['example.lab', 'lab']);
    // Pointers, other characters, and what is cut short end the list.
    expect(domains(...lab, 0xc0, 8)).toEqual(['lab']);
    expect(domains(...lab, 4, ...ascii('a\nb '), 0)).toEqual(['lab']);
    expect(domains(...lab, 63, 65)).toEqual(['lab']);
    expect(domains(0, 0, 0)).toEqual([]);
  });

  it('of one kind are not more than make sense', () => {
    const route = [24, 1, 0, 0, number(300)];
    expect(advertised(...new Array(150).fill(route))?.routes).toHaveLength(32);
  });
});

describe('neighbour messages', () => {
  it('are read as they were written', () => {
    const target = at('fe80::7');
    const solicitation = neighbourBody(target, { kind: 'source', mac }, 'abcdef');
    const empty = { prefixes: [], routes: [], dns: [] };
    expect(parseNeighbourSolicitation(solicitation, messageOf(solicitation))).toEqual({
      target,
      options: { source: mac, nonce: 'abcdef', ...empty },
    });
    const advertisement = neighbourBody(target, { kind: 'target', mac });
    const flags = advertisementFlags({ solicited: true, override: false });
    expect(parseNeighbourAdvertisement(advertisement, messageOf(advertisement, flags))).toEqual({
      target,
      router: false,
      solicited: true,
      override: false,
      options: { target: mac, ...empty },
    });
    expect(parseNeighbourSolicitation(solicitation.subarray(0, 15), messageOf(new Uint8Array(15)))).toBeUndefined();
  });

  it('a router solicitation says where it comes from, or nothing', () => {
    expect(Buffer.from(routerSolicitationBody(mac)).toString('hex')).toBe('0101020000000007');
    expect(routerSolicitationBody(undefined)).toHaveLength(0);
  });

  it('a redirect names a better hop', () => {
    const body = Uint8Array.from([...addressBytes(at('fe80::9')), ...addressBytes(at('2001:db8::9'))]);
    expect(parseRedirect(body, messageOf(body))).toMatchObject({
      target: at('fe80::9'),
      destination: at('2001:db8::9'),
    });
    expect(parseRedirect(body.subarray(1), messageOf(body.subarray(1)))).toBeUndefined();
  });
});

it('whatever the bytes are, nothing is thrown and nothing grows', () => {
  const kinds = fc.constantFrom(1, 2, 3, 5, 14, 24, 25, 31, 99);
  const option = fc
    .tuple(kinds, fc.nat(6), fc.uint8Array({ minLength: 6, maxLength: 46 }))
    .map(([kind, units, rest]) => {
      return [kind, units, ...rest];
    });
  fc.assert(
    fc.property(fc.array(option, { maxLength: 40 }), fc.nat(0xffffffff), (options, rest) => {
      const body = Uint8Array.from([...new Array(8).fill(0), ...options.flat()]);
      const message = messageOf(body, rest);
      const found = parseRouterAdvertisement(body, message)?.options;
      for (const list of [found?.prefixes, found?.routes, found?.dns])
        expect(list?.length ?? 0).toBeLessThanOrEqual(32);
      parseNeighbourAdvertisement(body, message);
      parseRedirect(body, message);
    }),
    { numRuns: 2000 },
  );
});
