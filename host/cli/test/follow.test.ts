import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followLines } from './follow.ts';

test('lines arrive while the file grows, characters cut in two are whole, and the rest is read at the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'panos-follow-'));
  try {
    const path = join(folder, 'lines');
    const end = Promise.withResolvers<void>();
    const first = Promise.withResolvers<void>();
    const lines: string[] = [];
    const following = followLines(path, end.promise, (line) => {
      lines.push(line);
      if (lines.length === 2) first.resolve();
    });
    const bytes = Buffer.from('one\nzwölf\n');
    await appendFile(path, bytes.subarray(0, 7));
    await appendFile(path, bytes.subarray(7));
    await first.promise;
    await appendFile(path, 'last\ncut off');
    end.resolve();
    await following;
    expect(lines).toEqual(['one', 'zwölf', 'last']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a file that never appears has no lines, also when its writer failed', async () => {
  const lines: string[] = [];
  await followLines('/nonexistent/lines', Promise.reject(new Error('no')), (line) => lines.push(line));
  expect(lines).toEqual([]);
});
