import { expect, test } from 'vitest';
import { fine, formatFindings, limited, missing } from './finding.ts';
import { clock } from './surroundings.ts';

test('the table: a line each, and the cure below', () => {
  const findings = [
    { name: 'memory', ...fine('20 GiB') },
    { name: 'acceleration', ...limited('emulation', 'slower') },
    { name: 'mirror', ...missing('none', 'name one') },
  ];
  expect(formatFindings(findings).split('\n')).toEqual([
    '✓ memory        20 GiB',
    '! acceleration  emulation',
    '                → slower',
    '✗ mirror        none',
    '                → name one',
  ]);
});

test('a clock before the date of the lock file is wrong', async () => {
  expect(await clock(new Date('2001-01-01'))).toMatchObject({ state: 'missing', value: '2001-01-01 00:00 UTC' });
  expect(await clock(new Date('2101-01-01'))).toMatchObject({ state: 'fine' });
});
