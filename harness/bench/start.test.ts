import { expect, test } from 'vitest';
import { firstLine } from './panos.ts';
import { Series } from './series.ts';
import { stagesOf } from './start.ts';

test('the stages of a start add up to it', () => {
  const stages = stagesOf({ init: 1.9, ready: 3 }, 1.2, 0.5);
  expect(stages.firmware).toBeCloseTo(0.7);
  expect(stages.kernel).toBe(0.5);
  expect(stages.node).toBeCloseTo(0.7);
  expect(stages.firmware + stages.kernel + stages.node).toBeCloseTo(1.9);
});

test("process 1's first line carries the guest's time", () => {
  const said =
    '\u001b[2J[    0.100000] kernel: hello\r\n[    1.234567] panos init: PanoramicData.Os 0.1.0 is starting\r\n';
  expect(firstLine.exec(said)?.[1]).toBe('1.234567');
  expect(firstLine.test('[    1.234567] panos init: PanoramicData')).toBe(false);
});

test('samples stand beside those of the yardstick', () => {
  const series = new Series();
  series.add('panos', 'boot.init', 1);
  series.add('debian', 'boot.init', 9);
  series.add('panos', 'boot.init', 2);
  const [panos, debian] = [{ name: 'panos' }, { name: 'debian' }];
  expect(series.compared('boot.init', panos, debian)).toEqual({
    samples: [1, 2],
    yardstick: { name: 'debian', samples: [9] },
  });
  expect(series.compared('boot.init', panos, undefined)).toEqual({ samples: [1, 2] });
  expect(series.compared('boot.node', panos, debian)).toEqual({
    samples: [],
    yardstick: { name: 'debian', samples: [] },
  });
});
