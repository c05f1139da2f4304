import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from './address.ts';
import { behindExtensions, emitFragment, emitIpv6, extensions, ipv6Header, parseIpv6, walkExtensions } from './ipv6.ts';

const fields = {
  source: parseAddress('2001:db8::1') as Address,
  destination: parseAddress('2001:db8::2') as Address,
  nextHeader: 58,
  hopLimit: 255,
  payloadLength: 8,
};
const { hopByHop, routing, fragment, none, destination } = extensions;
/** A header of eight bytes with these options. */
const header = (next: number, ...options: number[]) => [next, 0, ...options, ...new Array(6 - options.length).fill(0)];
const walk = (first: number, parts: number[], multicast = false, behindFragment?: number) => {
  const bytes = Uint8Array.from([...new Array(ipv6Header).fill(0), ...parts]);
  const how = {
    bytes,
    packet: 0,
    end: bytes.length,
    multicast,
    ...(behindFragment !== undefined && { behindFragment }),
  };
  return walkExtensions(how, first, ipv6Header);
};
/** Unknown options, by what their two highest bits want: skip, drop, problem, problem unless multicast. */
const [skip, discard, problem, problemUnlessGroup] = [0x1e, 0x5e, 0x9e, 0xde].map((type) => [type, 4, 0, 0, 0, 0]) as [
  number[],
  number[],
  number[],
  number[],
];

describe('an IPv6 header', () => {
  it('is read as it was written; what comes behind is padding', () => {
    const bytes = new Uint8Array(60);
    emitIpv6(bytes, 2, fields);
    const { payloadLength, ...rest } = fields;
    expect(parseIpv6(bytes, 2, 60)).toEqual({ ...rest, start: 42, end: 42 + payloadLength });
    expect(Buffer.from(bytes.subarray(2, 10)).toString('hex')).toBe('6000000000083aff');
  });

  it('of another version, or cut short, is none', () => {
    const bytes = new Uint8Array(48);
    emitIpv6(bytes, 0, fields);
    expect(parseIpv6(bytes, 0, 47)).toBeUndefined();
    expect(parseIpv6(bytes, 0, 39)).toBeUndefined();
    bytes[0] = 0x40;
    expect(parseIpv6(bytes, 0, 48)).toBeUndefined();
  });
});

describe('extension headers', () => {
  it('none: the payload is where it starts, and the header names it', () => {
    expect(walk(17, [])).toEqual({ kind: 'payload', protocol: 17, start: 40, pointer: 6 });
  });

  it('are passed over, and the last one names the payload', () => {
    const parts = [...header(destination), ...header(routing), ...header(17)];
    expect(walk(hopByHop, parts)).toEqual({ kind: 'payload', protocol: 17, start: 64, pointer: 56 });
  });

  it.each<[string, number[], boolean, unknown]>([
    ['padding', [1, 4, 0, 0, 0, 0], false, 'payload'],
    ['router alert', [5, 2, 0, 0, 1, 0], false, 'payload'],
    ['one to skip', skip, false, 'payload'],
    ['one to drop for', discard, false, 'drop'],
    ['one to complain of', problem, false, 'problem'],
    ['one to complain of, in a group', problem, true, 'problem'],
    ['one to complain of where it is for one', problemUnlessGroup, false, 'problem'],
    ['the same in a group', problemUnlessGroup, true, 'drop'],
    ['one beyond the header', [0x1e, 5, 0, 0, 0, 0], false, 'drop'],
    ['one without a length', [0, 0, 0, 0, 0, 0x1e], false, 'drop'],
  ])('with an option: %s (RFC 8200, section 4.2)', (_, options, multicast, kind) => {
    expect(walk(destination, header(17, ...options), multicast).kind).toBe(kind);
  });

  it('point at what is wrong', () => {
    expect(walk(destination, header(17, ...problem))).toEqual({ kind: 'problem', code: 2, pointer: 42 });
    expect(walk(routing, [17, 0, 0, 1, 0, 0, 0, 0])).toEqual({ kind: 'problem', code: 0, pointer: 42 });
    expect(walk(destination, [...header(hopByHop), ...header(17)])).toEqual({ kind: 'problem', code: 1, pointer: 40 });
    expect(walk(hopByHop, header(17), false, 6)).toEqual({ kind: 'problem', code: 1, pointer: 6 });
  });

  it('end at a fragment', () => {
    const bytes = new Uint8Array(8);
    emitFragment(bytes, 0, { nextHeader: 17, identification: 0x89abcdef, offset: 1448, more: true });
    expect(walk(destination, [...header(fragment), ...bytes])).toEqual({
      kind: 'fragment',
      fragment: { nextHeader: 17, identification: 0x89abcdef, offset: 1448, more: true, start: 56 },
    });
  });

  it('that are cut short, empty or endless are dropped', () => {
    expect(walk(destination, header(17).slice(0, 7)).kind).toBe('drop');
    expect(walk(destination, [17, 1, 0, 0, 0, 0, 0, 0]).kind).toBe('drop');
    expect(walk(fragment, [17, 0, 0, 0]).kind).toBe('drop');
    expect(walk(none, [1, 2, 3]).kind).toBe('drop');
    expect(walk(destination, new Array(100).fill(header(destination)).flat()).kind).toBe('drop');
  });

  it('are read only as far as they are there, whatever they are', () => {
    const kinds = fc.constantFrom(hopByHop, routing, fragment, destination, 17, 0xff);
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 120 }), fc.boolean(), (first, parts, multicast) => {
        const found = walk(first, [...parts], multicast);
        if (found.kind === 'payload') expect(found.start).toBeLessThanOrEqual(ipv6Header + parts.length);
        if (found.kind === 'problem') expect(found.pointer).toBeLessThan(ipv6Header + parts.length);
        const bytes = Uint8Array.from(parts);
        expect(behindExtensions(bytes, first, 0, bytes.length).start).toBeLessThanOrEqual(8 * 256 * 8);
      }),
      { numRuns: 5000 },
    );
  });
});
