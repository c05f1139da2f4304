import { expect, test } from 'vitest';
import { parseListing } from './extract.ts';
import { describe } from './toolbox.ts';

test.each([
  [{ stderr: 'a\nb\nc\nd.\n', exitCode: 1 }, 'mke2fs failed with exit status 1: b; c; d.'],
  [{ stderr: '', exitCode: 3 }, 'mke2fs failed with exit status 3.'],
  [{ stderr: '', signal: 'SIGKILL' }, 'mke2fs failed with signal SIGKILL.'],
  [{ stderr: 'x: No space left on device\n', exitCode: 1 }, 'mke2fs ran out of disk space: make some and try again.'],
])('a tool that ended with %j is told in one sentence', (result, message) => {
  expect(describe('mke2fs', result)).toBe(message);
});

test('the listing of a package gives its files and not its folders', () => {
  expect(parseListing('./\n./usr/\n./usr/bin/tool\n./usr/share/doc/a b\n')).toEqual([
    '/usr/bin/tool',
    '/usr/share/doc/a b',
  ]);
});
