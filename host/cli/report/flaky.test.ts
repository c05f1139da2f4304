import { expect, test } from 'vitest';
import { markFlaky, type Result } from './flaky.ts';

const result = (historyId: string, start: number, status: string, more: Partial<Result> = {}): Result => ({
  historyId,
  start,
  status,
  ...more,
});

test('a pass on retry becomes a failure that is marked and says why, whatever the order of the files', () => {
  const first = result('a', 1, 'broken', { statusDetails: { message: 'no prompt', trace: 'ExpectationError' } });
  const second = result('a', 2, 'passed');
  expect(markFlaky([second, first])).toEqual([second]);
  expect(second.status).toBe('failed');
  expect(second.statusDetails).toMatchObject({ flaky: true, trace: 'ExpectationError' });
  expect(second.statusDetails?.message).toContain('no prompt');
  expect(first.status).toBe('broken');
  expect(markFlaky([second, first])).toEqual([]);
});

test('one that is known stays a pass, and is marked once', () => {
  const labels = [{ name: 'tag', value: '@known-flaky' }];
  const results = [result('a', 1, 'failed'), result('a', 2, 'passed', { labels })];
  expect(markFlaky(results)).toHaveLength(1);
  expect(results[1]).toMatchObject({ status: 'passed', statusDetails: { flaky: true } });
  expect(markFlaky(results)).toEqual([]);
});

test('what passed or failed throughout is left alone', () => {
  const results = [
    result('a', 1, 'passed'),
    result('b', 1, 'failed'),
    result('b', 2, 'failed'),
    result('c', 1, 'passed'),
    result('c', 2, 'failed'),
    { status: 'passed' },
  ];
  expect(markFlaky(results)).toEqual([]);
});
