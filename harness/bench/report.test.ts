import { expect, test } from 'vitest';
import { figure } from './figure.ts';
import { busy, formatMachine, machineFacts, type Report } from './report.ts';

const lab = { qemu: '10.0.13', acceleration: 'tcg', profile: 'q35-virtio-bios' };

test('the document has the shape that other tools read', () => {
  const figures = [figure({ name: 'boot.init', unit: 's', samples: [1] })];
  const report: Report = { machine: machineFacts(lab, 0.25), figures, notes: [] };
  expect(JSON.parse(JSON.stringify(report))).toEqual({
    machine: {
      cpu: expect.stringMatching(/./),
      cores: expect.any(Number),
      memory: expect.any(Number),
      kernel: expect.stringMatching(/^\d+\.\d+/),
      ...lab,
      load: { before: 0.25, after: expect.any(Number) },
    },
    figures: [{ name: 'boot.init', unit: 's', value: 1, runs: 1, min: 1, max: 1 }],
    notes: [],
  });
  expect(report.machine.memory).toBeGreaterThan(100);
});

test('people read it in one line', () => {
  const machine = { ...lab, cpu: 'EPYC', cores: 2, memory: 8000, kernel: '6.12', load: { before: 0.04, after: 1.96 } };
  expect(formatMachine(machine)).toBe('EPYC, 2 cores, QEMU 10.0.13 (tcg), q35-virtio-bios; load 0.0 before, 2.0 after');
});

test('a machine is busy when a quarter of its processors is at work', () => {
  expect([busy(0.5, 2), busy(0.6, 2), busy(1, 8), busy(3, 8)]).toEqual([false, true, false, true]);
});
