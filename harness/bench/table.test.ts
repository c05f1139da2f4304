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

test('where more is better, a figure that reaches its target meets it; a ratio may be the target', () => {
  const send = (value: number) => figure({ name: 'net.tcp.send', unit: 'Mbit/s', samples: [value] });
  const lossy = (value: number) =>
    figure({ name: 'net.tcp.lossy', unit: 'Mbit/s', samples: [value], yardstick: { name: 'linux', samples: [10] } });
  expect(formatTable([send(5000)]).split('\n')[1]).toBe(
    '✓  net.tcp.send  5000 Mbit/s  (1)           ██████████ ≥ 500 Mbit/s',
  );
  expect(formatTable([lossy(6.4)]).split('\n')[1]).toMatch(/^✗ {2}net.tcp.lossy .* ████████░░ ≥ ×0.8 /);
  expect(conclusion([send(500), send(499), lossy(8), lossy(7.99)])).toBe(
    '2 of 4 targets are missed: net.tcp.send, net.tcp.lossy.',
  );
  const alone = figure({ name: 'net.tcp.lossy', unit: 'Mbit/s', samples: [9] });
  expect(conclusion([alone])).toBe('None of these figures has a target.');
});
