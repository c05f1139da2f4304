import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partsFor } from './run-tests.ts';
import { parseShard, requireProfile } from './selection.ts';

test('a shard is I/N with 1 ≤ I ≤ N, and nothing else', () => {
  expect(parseShard('2/3')).toEqual({ index: 2, total: 3 });
  for (const wrong of ['0/3', '4/3', '1', '1/', '/2', 'a/b', '1/2/3', '-1/2', '']) {
    expect(() => parseShard(wrong), wrong).toThrow(expect.objectContaining({ status: 2 }));
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        const { index, total } = parseShard(text);
        expect(index).toBeGreaterThanOrEqual(1);
        expect(total).toBeGreaterThanOrEqual(index);
      } catch (error) {
        expect(error).toMatchObject({ status: 2 });
      }
    }),
  );
});

test('an unknown profile is answered with those that there are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'panos-matrix-'));
  try {
    await writeFile(join(folder, 'q35.json'), '{}');
    await writeFile(join(folder, 'nvme.json'), '{}');
    await requireProfile('q35', folder);
    await expect(requireProfile('q36', folder)).rejects.toMatchObject({
      status: 2,
      message: 'There is no profile "q36": choose one of nvme, q35.',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('tags and later shards leave out what they cannot divide', () => {
  expect(partsFor('all', {})).toEqual(['unit', 'machines', 'scenarios']);
  expect(partsFor('acceptance', {})).toEqual(['machines', 'scenarios']);
  expect(partsFor('unit', {})).toEqual(['unit']);
  expect(partsFor('all', { tags: '@M01' })).toEqual(['scenarios']);
  expect(partsFor('all', { shard: { index: 1, total: 2 } })).toEqual(['unit', 'machines', 'scenarios']);
  expect(partsFor('acceptance', { shard: { index: 2, total: 2 } })).toEqual(['scenarios']);
  expect(() => partsFor('unit', { profile: 'q35' })).toThrow(expect.objectContaining({ status: 2 }));
});
