import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Journal } from './log/journal.ts';
import { SerialSink } from './log/serial.ts';
import { ReadyAnnouncement } from './ready.ts';
import { serviceDefaults } from './supervisor/definition.ts';
import { SupervisorMachine } from './supervisor/machine.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function scene() {
  const machine = new SupervisorMachine();
  for (const name of ['a', 'b']) {
    machine.add({ ...serviceDefaults, name, description: '', module: '', restart: 'never' }, 0);
  }
  machine.handle({ type: 'tick' }, 0);
  for (const [index, name] of ['a', 'b'].entries()) machine.handle({ type: 'spawned', name, pid: index + 2 }, 0);
  const journal = new Journal({ uptime: () => 0, now: () => 0 });
  const serial = new SerialSink([]);
  const ready = new ReadyAnnouncement(machine, serial, journal.for('init'));
  return { machine, serial, ready, said: () => journal.read({}).map(({ message }) => message) };
}

test('says once that all are up, and only then quiets the serial line down', () => {
  const { machine, serial, ready, said } = scene();
  ready.whenUp('error');
  machine.handle({ type: 'ready', name: 'a' }, 1);
  ready.check();
  expect(said()).toEqual([]);
  expect(serial.threshold).toBe('info');
  machine.handle({ type: 'ready', name: 'b' }, 2);
  ready.check();
  ready.check();
  expect(said()).toEqual(['ready: all services are up']);
  expect(serial.threshold).toBe('error');
});

test('waits until all services are known', () => {
  const { machine, ready, said } = scene();
  for (const name of ['a', 'b']) machine.handle({ type: 'ready', name }, 1);
  ready.check();
  expect(said()).toEqual([]);
  ready.whenUp('warning');
  expect(said()).toEqual(['ready: all services are up']);
});

test('counts those that failed, and does not wait for ever for one that says nothing', () => {
  const failed = scene();
  failed.machine.handle({ type: 'ready', name: 'a' }, 1);
  failed.machine.handle({ type: 'exited', name: 'b', exit: { code: 1, signal: null } }, 1);
  failed.ready.whenUp('warning');
  expect(failed.said()).toEqual(['ready: 1 of 2 services are up']);
  const silent = scene();
  silent.ready.whenUp('warning');
  vi.advanceTimersByTime(31_000);
  expect(silent.said()).toEqual(['ready: 0 of 2 services are up']);
});
