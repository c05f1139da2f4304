import { expect, test } from 'vitest';
import { describe, type Outcome, sumLine, sumOf } from './outcome.ts';

const outcome = (status: Outcome['status'], more: Partial<Outcome> = {}): Outcome => ({
  name: 'boots',
  place: 'a.feature:3',
  status,
  ...more,
});

test('a flaky one counts as failed unless it is known', () => {
  const outcomes = [
    outcome('passed'),
    outcome('failed'),
    outcome('flaky'),
    outcome('flaky', { knownFlaky: true }),
    outcome('skipped'),
  ];
  expect(sumOf(outcomes)).toEqual({ passed: 2, failed: 2, skipped: 1 });
});

test('the sum names skipped ones only if there are any', () => {
  expect(sumLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(sumLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});

test('what people read: nothing for a pass, the reason for a skip, a bounded reason for a failure', () => {
  expect(describe(outcome('passed'))).toBeUndefined();
  expect(describe(outcome('skipped', { reason: 'no VirtualBox here' }))).toBe(
    '- skipped: boots (a.feature:3): no VirtualBox here',
  );
  const long = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n');
  const lines = describe(outcome('failed', { reason: long }))?.split('\n') ?? [];
  expect(lines).toHaveLength(22);
  expect(lines.at(-1)).toBe('    … 10 more lines, see ./panos report');
  expect(describe(outcome('flaky', { reason: 'x' }))).toContain('second attempt');
  const stack =
    'Error: no\n    at a (/os/host/a.ts:1:2)\n    at b (file:///os/node_modules/vitest/b.js:3:4)\n    at node:internal/c:5:6';
  expect(describe(outcome('failed', { reason: stack }))).toBe(
    '✗ failed: boots (a.feature:3)\n    Error: no\n        at a (/os/host/a.ts:1:2)',
  );
});
