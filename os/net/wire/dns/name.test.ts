import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeName, isWithin, labelsOf, readName, readNames, sameName, splitLabels } from './name.ts';

const bytes = (...parts: (string | number)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part, 'latin1')])));

describe('readName', () => {
  it('reads the example of RFC 1035, section 4.1.4', () => {
    const message = new Uint8Array(93);
    message.set(bytes(1, 'F', 3, 'ISI', 4, 'ARPA', 0), 20);
    message.set(bytes(3, 'FOO', 0xc0, 20), 40);
    message.set(bytes(0xc0, 26), 64);
    expect(readName(message, 20)).toEqual({ name: 'F.ISI.ARPA', next: 32 });
    expect(readName(message, 40)).toEqual({ name: 'FOO.F.ISI.ARPA', next: 46 });
    expect(readName(message, 64)).toEqual({ name: 'ARPA', next: 66 });
    expect(readName(message, 92)).toEqual({ name: '', next: 93 });
  });

  it.each([
    ['a pointer to itself', bytes(0xc0, 0), 0],
    ['two pointers to each other', bytes(0xc0, 2, 0xc0, 0), 2],
    ['a pointer forwards', bytes(0xc0, 2, 0), 0],
    ['a name that ends in itself', bytes(1, 'a', 0xc0, 0), 0],
    ['half a pointer', bytes(0, 0xc0), 1],
    ['a label that is cut off', bytes(4, 'abc'), 0],
    ['no end', bytes(1, 'a'), 0],
    ['a label type of another time', bytes(0x41, 0), 0],
    ['a start behind the end', bytes(0), 7],
  ])('refuses %s', (_, input, offset) => {
    expect(readName(input, offset)).toBeUndefined();
  });

  it('refuses what is longer than 255 bytes, also by pointers', () => {
    const label = bytes(63, 'x'.repeat(63));
    const long = bytes(...label, ...label, ...label, 61, 'x'.repeat(61), 0);
    expect(readName(long, 0)?.name).toHaveLength(253);
    const longer = bytes(...label, ...label, ...label, 0, 62, 'x'.repeat(62), 0xc0, 0);
    expect(readName(longer, 193)).toBeUndefined();
  });

  it('shows bytes that are no letters in escapes, which are read back', () => {
    const name = bytes(5, 'a.b\\c', 3, 0, 0xff, ' ', 0);
    expect(readName(name, 0)?.name).toBe('a\\.b\\\\c.\\000\\255\\032');
    expect(encodeName('a\\.b\\\\c.\\000\\255\\032')).toEqual(name);
    expect(splitLabels('a\\.b\\\\.c')).toEqual(['a\\.b\\\\', 'c']);
  });

  it('never throws, and what it reads it can write', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), (input, offset) => {
        const read = readName(input, offset);
        if (read === undefined) return;
        const written = encodeName(read.name);
        expect(written && readName(written, 0)).toEqual({ name: read.name, next: written?.length });
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('names', () => {
  it('are labels of 1 to 63 bytes, 255 in all', () => {
    for (const bad of ['a..b', '.a', 'x'.repeat(64), `${'x'.repeat(60)}.`.repeat(5), '\\', '\\25', '\\256']) {
      expect(labelsOf(bad), bad).toBeUndefined();
    }
    expect(encodeName('example.com.')).toEqual(encodeName('example.com'));
    expect(encodeName('')).toEqual(Uint8Array.of(0));
    expect(encodeName('bücher')).toEqual(bytes(7, 'b\xc3\xbccher', 0));
  });

  it('are the same whatever the case of their letters', () => {
    expect(sameName('Example.COM', 'eXample.com')).toBe(true);
    expect(sameName('example.com', 'example.co')).toBe(false);
    expect(isWithin('a.Example.com', 'example.COM')).toBe(true);
    expect(isWithin('anexample.com', 'example.com')).toBe(false);
    expect(isWithin('com', 'example.com')).toBe(false);
    expect(isWithin('com', '')).toBe(true);
  });

  it('come in rows up to the first bad one', () => {
    const row = bytes(1, 'a', 0, 1, 'b', 0xc0, 0, 0, 9, 'cut');
    expect(readNames(row, 10)).toEqual(['a', 'b.a']);
    expect(readNames(row, 1)).toEqual(['a']);
  });
});
