import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Key, KeyParser } from './keys.ts';

const parse = (...chunks: (string | Uint8Array)[]) => {
  const parser = new KeyParser();
  return chunks.flatMap((chunk) => parser.feed(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
};
const named = (...chunks: string[]) => parse(...chunks).map((key) => ('name' in key ? key.name : `"${key.text}"`));

/** Text of a series of keys in one, since chunks divide it differently. */
const joined = (keys: readonly Key[]) => keys.map((key) => ('text' in key ? key.text : `<${key.name}>`)).join('');

describe('keys', () => {
  it.each([
    ['\x1b[A\x1b[B\x1b[C\x1b[D', ['up', 'down', 'right', 'left']],
    ['\x1bOA\x1bOH\x1bOF', ['up', 'home', 'end']],
    ['\x1b[H\x1b[1~\x1b[7~', ['home', 'home', 'home']],
    ['\x1b[F\x1b[4~\x1b[8~', ['end', 'end', 'end']],
    ['\x1b[3~', ['delete']],
    ['\x1b[1;5D\x1b[1;3C\x1bb\x1bf', ['word-left', 'word-right', 'word-left', 'word-right']],
    ['\x7f\x08\t', ['backspace', 'backspace', 'tab']],
    ['a\rb\r\nc\nd', ['"a"', 'enter', '"b"', 'enter', '"c"', 'enter', '"d"']],
    [
      '\x03\x04\x0c\x15\x17\x0b\x01\x05',
      ['interrupt', 'end-of-input', 'redraw', 'kill-to-start', 'kill-word', 'kill-to-end', 'home', 'end'],
    ],
    ['\x1b[[A\x1b[15~x', ['"x"']],
    ['\x1b]0;title\x07a\x1bP1\x1b\\b', ['"a"', '"b"']],
    ['\x1bls', ['"ls"']],
    ['\x1b\x1b[A', ['up']],
    ['\x1b[12\x03', ['interrupt']],
    ['\x1b[200~x\x1b[201~', ['"x"']],
    ['\0\x1c', []],
  ])('%j', (bytes, expected) => expect(named(bytes)).toEqual(expected));

  it('joins what was split, UTF-8 included', () => {
    const bytes = Buffer.from('é漢🙂\x1b[1;5C');
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(joined(parse(...pieces))).toBe('é漢🙂<word-right>');
  });

  it('does not depend on how the bytes arrive, and takes any', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .constantFrom('\x1b', '\x1b[', '\x1b]', ';5', '~', '\r', '\n', '\x03', 'ls', '漢')
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(noise), fc.array(fc.nat(60)), (parts, cuts) => {
        const bytes = Buffer.concat(parts);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const whole = parse(bytes);
        expect(joined(parse(...chunks))).toBe(joined(whole));
        expect(whole.map((key) => ('text' in key ? key.text : '')).join('')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the way back after rubbish without end', () => {
    expect(named(`\x1b]${'x'.repeat(300)}`).join('')).toMatch(/^"x+"$/);
    expect(named(`\x1b[${'1'.repeat(100_000)}A`)).toEqual([]);
  });
});
