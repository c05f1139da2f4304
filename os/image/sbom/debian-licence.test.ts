import fc from 'fast-check';
import { expect, test } from 'vitest';
import { convertExpression, debianLicence, spdxIdentifier } from './debian-licence.ts';

const format = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n';

test('a machine-readable file becomes the conjunction of its files’ licences', () => {
  const text = `${format}
Files: *
Copyright: someone
License: LGPL-2.1+

Files: a
 b
Copyright: another
License: Own-Words and GPL-2
 Do as you like.
 .
 But be kind.

Files: c
License: BSD-2-clause or GPL-2

Files: d
License: LGPL-2.1+

License: Own-Words
 Do as you like, in the paragraph of its own.
`;
  const licence = debianLicence(text, 'lib+x');
  expect(licence.expression).toBe(
    '(BSD-2-Clause OR GPL-2.0-only) AND GPL-2.0-only AND LGPL-2.1-or-later AND LicenseRef-lib-x-Own-Words',
  );
  expect([...licence.texts]).toEqual([['LicenseRef-lib-x-Own-Words', 'Do as you like, in the paragraph of its own.']]);
});

test('any other file stands for itself', () => {
  for (const text of ['This is free.\n', `${format}\nComment: no files\n`, '']) {
    expect(debianLicence(text, 'thing')).toEqual({
      expression: 'LicenseRef-thing',
      texts: new Map([['LicenseRef-thing', text]]),
    });
  }
});

test('a licence without a text of its own refers to the whole file', () => {
  const text = `${format}\nFiles: *\nLicense: Strange\n`;
  expect(debianLicence(text, 'x').texts.get('LicenseRef-x-Strange')).toBe(text);
});

test.each([
  ['GPL-2+', 'GPL-2.0-or-later'],
  ['GPL-2.0', 'GPL-2.0-only'],
  ['GPLv3+', 'GPL-3.0-or-later'],
  ['LGPL-2.1', 'LGPL-2.1-only'],
  ['GPL-2 with Linux-syscall-note exception', 'GPL-2.0-only WITH Linux-syscall-note'],
  ['Expat', 'MIT'],
  ['zlib', 'Zlib'],
  ['GPL', undefined],
  ['public-domain', undefined],
  ['GPL-3+ with Bison exception', undefined],
])('%s is %s', (short, identifier) => expect(spdxIdentifier(short)).toBe(identifier));

test.each([
  ['A or B and C', 'A OR (B AND C)'],
  ['A or B, and C', '(A OR B) AND C'],
  ['A  and B, or C', '(A AND B) OR C'],
])('%s reads %s', (text, expression) => expect(convertExpression(text, (name) => name)).toBe(expression));

test('whatever a copyright file holds, the expression has a text for each of its own licences', () => {
  const word = fc.stringMatching(/^[ -~]{0,20}$/);
  fc.assert(
    fc.property(fc.array(word), (names) => {
      const text = `${format}\n${names.map((name) => `Files: *\nLicense: ${name}\n`).join('\n')}`;
      const { expression, texts } = debianLicence(text, 'p');
      for (const [reference] of expression.matchAll(/LicenseRef-[A-Za-z0-9.-]+/g))
        expect([...texts.keys()]).toContain(reference);
      expect(expression).not.toBe('');
    }),
  );
});
