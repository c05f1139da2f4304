import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration, suiteFigure } from './suite.ts';

test('the last run of the suite is a figure of one sample', () => {
  expect(parseDuration('{"seconds":612.5,"scenarios":48}')).toMatchObject({
    name: 'lab.suite',
    value: 612.5,
    runs: 1,
    method: 'the last run, of 48 scenarios',
  });
});

test('what is no record of a run gives no figure', async () => {
  expect(await suiteFigure('/nowhere/test-duration.json')).toBeUndefined();
  for (const text of ['', '{', '[]', '{"seconds":-1,"scenarios":1}', '{"seconds":1}']) {
    expect(parseDuration(text)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.json(), (text) => {
      const found = parseDuration(text);
      expect(found === undefined || found.value >= 0).toBe(true);
    }),
  );
});
