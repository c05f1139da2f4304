import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partsFor } from './run-tests.ts';
import { parseShard } from './selection.ts';

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

test('tags and later shards leave out what they cannot divide', () => {
  expect(partsFor('all', {})).toEqual(['unit', 'fuzz', 'links', 'machines', 'scenarios']);
  expect(partsFor('acceptance', {})).toEqual(['links', 'machines', 'scenarios']);
  expect(partsFor('unit', {})).toEqual(['unit']);
  expect(partsFor('all', { tags: '@M01' })).toEqual(['scenarios']);
  expect(partsFor('all', { shard: { index: 1, total: 2 } })).toEqual([
    'unit',
    'fuzz',
    'links',
    'machines',
    'scenarios',
  ]);
  expect(partsFor('acceptance', { shard: { index: 2, total: 2 } })).toEqual(['scenarios']);
  expect(() => partsFor('unit', { profile: 'q35' })).toThrow(expect.objectContaining({ status: 2 }));
});
