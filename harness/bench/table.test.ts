import { expect, test } from 'vitest';
import { type Figure, figure } from './figure.ts';
import { conclusion, formatTable } from './table.ts';

const boot = (...samples: number[]): Figure =>
  figure({ name: 'boot.init', unit: 's', samples, yardstick: { name: 'debian-systemd', samples: [10] } });
const kernel = figure({ name: 'image.kernel', unit: 'MB', samples: [5.5], method: 'bzImage' });
const other = figure({ name: 'boot.node', unit: 's', samples: [0.5] });

test('a row tells the figure, its target and its yardstick, in columns', () => {
  expect(formatTable([boot(1, 1.1, 1.2), kernel, other]).split('\n')).toEqual([
    '   figure         median  range (runs)     target              yardstick',
    '✓  boot.init      1.10 s  1.00 … 1.20 (3)  ██████░░░░ < 2 s    10.0 s debian-systemd, ×0.11',
    '✓  image.kernel  5.50 MB  (1)              ██████░░░░ < 10 MB',
    '   boot.node      0.50 s  (1)',
    '',
    'image.kernel: bzImage',
    'All 2 targets are met.',
  ]);
});

test('what misses its target says so; a figure at its target misses it', () => {
  const row = formatTable([boot(400)]).split('\n')[1];
  expect(row).toMatch(/^✗ {2}boot.init +400 s /);
  expect(row).toContain(' ██████████ < 2 s ');
  expect(conclusion([boot(2), kernel])).toBe('1 of 2 targets is missed: boot.init.');
  expect(conclusion([boot(1.999)])).toBe('The target is met.');
  expect(conclusion([other])).toBe('None of these figures has a target.');
});
