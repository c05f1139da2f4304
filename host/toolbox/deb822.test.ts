import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseParagraphs, words } from './deb822.ts';

test('paragraphs, comments, continuation lines and field names in any case', () => {
  const text = '# comment\nPackage: a\nDescription: short\n long\n .\n# inside\n more\n\n\nTYPES: deb\tdeb-src\r\n';
  expect(parseParagraphs(text).map((one) => Object.fromEntries(one))).toEqual([
    { package: 'a', description: 'short\nlong\n.\nmore' },
    { types: 'deb\tdeb-src' },
  ]);
  expect(words(parseParagraphs(text)[1] ?? new Map(), 'types')).toEqual(['deb', 'deb-src']);
  expect(words(new Map(), 'types')).toEqual([]);
});

test('lines that belong to nothing are skipped', () => {
  expect(parseParagraphs(' stray\nno colon\n: no name\n\n')).toEqual([]);
});

test('fields that are written are read again', () => {
  const name = fc.stringMatching(/^[a-z][a-z-]{0,9}$/);
  const value = fc.stringMatching(/^([!-~]([ -~]{0,9}[!-~])?)?$/);
  fc.assert(
    fc.property(fc.array(fc.dictionary(name, value, { minKeys: 1 }), { minLength: 1 }), (paragraphs) => {
      const text = paragraphs
        .map((one) =>
          Object.entries(one)
            .map(([key, of]) => `${key}: ${of}\n`)
            .join(''),
        )
        .join('\n');
      expect(parseParagraphs(text).map((one) => Object.fromEntries(one))).toEqual(
        paragraphs.map((one) => ({ ...one })),
      );
    }),
  );
});

test('any text is survived', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseParagraphs(text)));
});
