import { expect, test } from 'vitest';
import { figure } from './figure.ts';

test('a figure has the shape that other tools read', () => {
  const boot = figure({
    name: 'boot.init',
    unit: 's',
    samples: [1.83, 1.8, 1.95004],
    yardstick: { name: 'debian-systemd', samples: [9, 9.1, 9.3] },
  });
  expect(JSON.parse(JSON.stringify(boot))).toEqual({
    name: 'boot.init',
    unit: 's',
    value: 1.83,
    runs: 3,
    min: 1.8,
    max: 1.95,
    yardstick: { name: 'debian-systemd', value: 9.1, runs: 3 },
    ratio: 0.201,
  });
});

test('without a yardstick there is no ratio', () => {
  const size = figure({ name: 'image.kernel', unit: 'MB', samples: [5.5123456], method: 'bzImage' });
  expect(size).toEqual({
    name: 'image.kernel',
    unit: 'MB',
    value: 5.512,
    runs: 1,
    min: 5.512,
    max: 5.512,
    method: 'bzImage',
  });
  const none = { name: 'debian-systemd', samples: [] };
  expect(figure({ name: 'boot.init', unit: 's', samples: [2], yardstick: none })).not.toHaveProperty('ratio');
});
