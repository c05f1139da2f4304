import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanFileMappings } from './mappings.ts';

const mapping = (range: string, permissions: string, inode: number, anonymous: number): string =>
  `${range} ${permissions} 00001000 fe:03 ${inode}    /bin/node\nRss:   64 kB\nAnonymous:   ${anonymous} kB\nSwap:  0 kB\n`;

test('code and constants of files are clean', () => {
  const smaps = mapping('400000-500000', 'r--p', 36, 0) + mapping('500000-900000', 'r-xp', 36, 0);
  expect(cleanFileMappings(smaps)).toEqual([
    { start: 0x400000n, length: 0x100000n },
    { start: 0x500000n, length: 0x400000n },
  ]);
});

test('what is writable, anonymous or was relocated is not', () => {
  expect(cleanFileMappings(mapping('400000-500000', 'rw-p', 36, 0))).toEqual([]);
  expect(cleanFileMappings(mapping('400000-500000', 'r--p', 0, 0))).toEqual([]);
  expect(cleanFileMappings(mapping('400000-500000', 'r--p', 36, 24))).toEqual([]);
});

test('the real file is understood: node itself is among them', () => {
  expect(cleanFileMappings(readFileSync('/proc/self/smaps', 'utf8')).length).toBeGreaterThan(2);
});

test('any text is survived', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const { length } of cleanFileMappings(text)) expect(typeof length).toBe('bigint');
    }),
  );
});
