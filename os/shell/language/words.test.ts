import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote, splitWords } from './words.ts';

const texts = (line: string) => splitWords(line).map((word) => word.text);

describe('splitWords', () => {
  it.each([
    ['', []],
    ['  ls \t /data ', ['ls', '/data']],
    [`echo "a b" 'c "d"' e\\ f`, ['echo', 'a b', 'c "d"', 'e f']],
    [`echo "say \\"hi\\" \\n"`, ['echo', 'say "hi" \\n']],
    [`echo a"b c"d ''`, ['echo', 'ab cd', '']],
    ['echo grüße 漢字', ['echo', 'grüße', '漢字']],
  ])('%j', (line, expected) => expect(texts(line)).toEqual(expected));

  it('tells a quoted word from a bare one, and where a word starts', () => {
    expect(splitWords(`echo --json "--json"`).map(({ bare, start }) => [bare, start])).toEqual([
      [true, 0],
      [true, 5],
      [false, 12],
    ]);
  });

  it('names the quote that was never closed', () => {
    expect(splitWords(`cat "a b`).at(-1)).toMatchObject({ text: 'a b', open: '"', start: 4 });
  });

  it.each(['ls | cat', 'echo a > b', 'ls;ls', 'ls &'])('refuses %j instead of misreading it', (line) =>
    expect(() => splitWords(line)).toThrow(expect.objectContaining({ status: 400 })),
  );

  it('reads back whatever it quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        expect(texts(words.map(quote).join(' '))).toEqual(words);
      }),
    );
  });
});
