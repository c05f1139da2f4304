import { describe, expect, test } from 'vitest';
import { maxDeaths } from './back-off.ts';
import { type ServiceDefinition, serviceDefaults } from './definition.ts';
import type { Exit } from './exit.ts';
import { type Action, SupervisorMachine } from './machine.ts';

const failure: Exit = { code: 1, signal: null };
const success: Exit = { code: 0, signal: null };

const define = (name: string, rest: Partial<ServiceDefinition> = {}): ServiceDefinition => ({
  ...serviceDefaults,
  name,
  description: name,
  module: `/${name}.js`,
  ...rest,
});

/** `spawn a`, `kill b`, …; what is only said is left out. */
const doings = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) => (action.type === 'say' ? [] : [`${action.type} ${action.name}`]));

const said = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) => (action.type === 'say' ? [`${action.severity}: ${action.message}`] : []));

const machineOf = (...definitions: ServiceDefinition[]): SupervisorMachine => {
  const machine = new SupervisorMachine();
  for (const definition of definitions) machine.add(definition, 0);
  return machine;
};

/** A machine with one service `a` that is ready at second 1. */
const withReady = (rest: Partial<ServiceDefinition> = {}): SupervisorMachine => {
  const machine = machineOf(define('a', rest));
  machine.handle({ type: 'tick' }, 0);
  machine.handle({ type: 'spawned', name: 'a', pid: 10 }, 0);
  machine.handle({ type: 'ready', name: 'a' }, 1);
  return machine;
};

describe('starting', () => {
  test('a service is starting until it says that it is ready', () => {
    const machine = machineOf(define('a'));
    expect(doings(machine.handle({ type: 'tick' }, 0))).toEqual(['spawn a']);
    machine.handle({ type: 'spawned', name: 'a', pid: 10 }, 0.1);
    expect(machine.get('a')).toMatchObject({ state: 'starting', pid: 10 });
    expect(machine.settled).toBe(false);
    expect(said(machine.handle({ type: 'ready', name: 'a' }, 1.5))).toEqual(['info: a is ready after 1.50 s']);
    expect(machine.get('a')).toMatchObject({ state: 'ready', since: 1.5 });
    expect(machine.settled).toBe(true);
  });

  test('a service that tells nothing is ready as soon as it runs', () => {
    const machine = machineOf(define('a', { readiness: 'started' }));
    machine.handle({ type: 'tick' }, 0);
    machine.handle({ type: 'spawned', name: 'a', pid: 10 }, 0);
    expect(machine.get('a')?.state).toBe('ready');
  });

  test('services start in the order of readiness of what they require', () => {
    const machine = machineOf(define('c', { requires: ['b'] }), define('b', { requires: ['a'] }), define('a'));
    expect(doings(machine.handle({ type: 'tick' }, 0))).toEqual(['spawn a']);
    machine.handle({ type: 'spawned', name: 'a', pid: 1 }, 0);
    expect(doings(machine.handle({ type: 'ready', name: 'a' }, 1))).toEqual(['spawn b']);
    expect(doings(machine.handle({ type: 'ready', name: 'b' }, 2))).toEqual(['spawn c']);
  });

  test('what requires something missing, failed or itself waits, and holds nobody up', () => {
    const machine = machineOf(
      define('a', { requires: ['ghost'] }),
      define('b', { requires: ['c'] }),
      define('c', { requires: ['b'] }),
    );
    expect(doings(machine.handle({ type: 'tick' }, 0))).toEqual([]);
    expect(machine.settled).toBe(true);
    expect(machine.services.every(({ state }) => state === 'waiting')).toBe(true);
  });

  test('one that is not ready in time is killed, and that counts as a death', () => {
    const machine = machineOf(define('a', { startTimeout: 5 }));
    machine.handle({ type: 'tick' }, 0);
    machine.handle({ type: 'spawned', name: 'a', pid: 1 }, 0);
    expect(machine.nextDeadline).toBe(5);
    expect(doings(machine.handle({ type: 'tick' }, 5))).toEqual(['kill a']);
    machine.handle({ type: 'exited', name: 'a', exit: { code: null, signal: 'SIGKILL' } }, 5.1);
    expect(machine.get('a')).toMatchObject({ state: 'backing-off', lastExit: 'start time-out' });
  });
});

describe('dying', () => {
  test('the first restart comes within well under a second', () => {
    const machine = withReady();
    const actions = machine.handle({ type: 'exited', name: 'a', exit: { code: null, signal: 'SIGKILL' } }, 100);
    expect(doings(actions)).toEqual(['crashed a']);
    expect(said(actions)).toEqual(['warning: a ended (signal SIGKILL), starting it again in 0.1 s']);
    expect(machine.get('a')).toMatchObject({ state: 'backing-off', pid: null, lastExit: 'signal SIGKILL' });
    expect(machine.nextDeadline).toBeCloseTo(100.1);
    expect(doings(machine.handle({ type: 'tick' }, 100.1))).toEqual(['spawn a']);
    expect(machine.get('a')).toMatchObject({ state: 'starting', restarts: 1 });
  });

  test('one that always dies is given up, visibly, and can be started again by a person', () => {
    const machine = withReady();
    let now = 1;
    const delays: number[] = [];
    for (let death = 1; death < maxDeaths; death++) {
      machine.handle({ type: 'exited', name: 'a', exit: failure }, now);
      const next = machine.nextDeadline ?? Number.NaN;
      delays.push(Math.round((next - now) * 1000));
      now = next;
      machine.handle({ type: 'tick' }, now);
      machine.handle({ type: 'spawned', name: 'a', pid: 10 + death }, now);
    }
    expect(delays).toEqual([100, 200, 400, 800]);
    const last = machine.handle({ type: 'exited', name: 'a', exit: failure }, now);
    expect(said(last)).toEqual(['error: a failed: it ended 5 times within 60 s (last: exit 1) and is given up']);
    expect(machine.get('a')).toMatchObject({ state: 'failed', restarts: 4, lastExit: 'exit 1' });
    expect(machine.nextDeadline).toBeNull();
    expect(doings(machine.handle({ type: 'start', name: 'a' }, now + 1))).toEqual(['spawn a']);
    expect(machine.get('a')).toMatchObject({ state: 'starting', restarts: 0 });
  });

  test('one that dies rarely is never given up', () => {
    const machine = withReady();
    for (let now = 100; now < 10_000; now += 30) {
      machine.handle({ type: 'exited', name: 'a', exit: failure }, now);
      expect(machine.get('a')?.state).toBe('backing-off');
      machine.handle({ type: 'tick' }, now + 1);
    }
  });

  test.each([
    ['always', success, 'backing-off'],
    ['always', failure, 'backing-off'],
    ['on-failure', success, 'stopped'],
    ['on-failure', failure, 'backing-off'],
    ['never', success, 'stopped'],
    ['never', failure, 'failed'],
    ['on-failure', { code: 0, signal: null, memoryLimit: true }, 'backing-off'],
  ] as const)('restart: %s, after %j: %s', (restart, exit, state) => {
    const machine = withReady({ restart });
    machine.handle({ type: 'exited', name: 'a', exit }, 10);
    expect(machine.get('a')?.state).toBe(state);
  });

  test('a process that could not be made counts as a death', () => {
    const machine = machineOf(define('a'));
    machine.handle({ type: 'tick' }, 0);
    machine.handle({ type: 'exited', name: 'a', exit: { code: null, signal: null, reason: 'no memory' } }, 0);
    expect(machine.get('a')).toMatchObject({ state: 'backing-off', lastExit: 'no memory' });
  });
});

describe('stopping', () => {
  test('goes from asking through SIGTERM to killing', () => {
    const machine = withReady({ stopTimeout: 3 });
    expect(doings(machine.handle({ type: 'stop', name: 'a' }, 10))).toEqual(['ask a']);
    expect(machine.nextDeadline).toBe(12);
    expect(doings(machine.handle({ type: 'tick' }, 12))).toEqual(['terminate a']);
    expect(doings(machine.handle({ type: 'tick' }, 13))).toEqual(['kill a']);
    machine.handle({ type: 'exited', name: 'a', exit: { code: null, signal: 'SIGKILL' } }, 13.1);
    expect(machine.get('a')).toMatchObject({ state: 'stopped', lastExit: 'signal SIGKILL' });
    expect(machine.nextDeadline).toBeNull();
  });

  test('writes off a process that even killing does not end', () => {
    const machine = withReady({ stopTimeout: 3 });
    machine.handle({ type: 'stop', name: 'a' }, 10);
    machine.handle({ type: 'tick' }, 12);
    machine.handle({ type: 'tick' }, 13);
    machine.handle({ type: 'tick' }, 18);
    expect(machine.get('a')).toMatchObject({ state: 'stopped', lastExit: 'cannot be killed' });
    expect(machine.quiet).toBe(true);
  });

  test('restart starts it again once it ended', () => {
    const machine = withReady();
    expect(doings(machine.handle({ type: 'restart', name: 'a' }, 10))).toEqual(['ask a']);
    expect(doings(machine.handle({ type: 'exited', name: 'a', exit: success }, 10.5))).toEqual(['spawn a']);
    expect(machine.get('a')).toMatchObject({ state: 'starting', restarts: 0 });
  });

  test('a service that backs off stops at once', () => {
    const machine = withReady();
    machine.handle({ type: 'exited', name: 'a', exit: failure }, 10);
    machine.handle({ type: 'stop', name: 'a' }, 10.05);
    expect(machine.get('a')?.state).toBe('stopped');
    expect(machine.nextDeadline).toBeNull();
  });
});

describe('shutting down', () => {
  test('stops dependents before what they require, and starts nothing any more', () => {
    const machine = machineOf(
      define('a', { readiness: 'started' }),
      define('b', { readiness: 'started', requires: ['a'] }),
      define('c', { readiness: 'started' }),
    );
    machine.handle({ type: 'tick' }, 0);
    for (const [pid, name] of ['a', 'b', 'c'].entries()) machine.handle({ type: 'spawned', name, pid: pid + 1 }, 0);
    expect(doings(machine.handle({ type: 'shutdown' }, 10))).toEqual(['ask b', 'ask c']);
    expect(doings(machine.handle({ type: 'start', name: 'c' }, 10))).toEqual([]);
    expect(doings(machine.handle({ type: 'exited', name: 'c', exit: success }, 10.1))).toEqual([]);
    expect(machine.quiet).toBe(false);
    expect(doings(machine.handle({ type: 'exited', name: 'b', exit: success }, 10.2))).toEqual(['ask a']);
    machine.handle({ type: 'exited', name: 'a', exit: success }, 10.3);
    expect(machine.quiet).toBe(true);
    expect(machine.services.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  });

  test('leaves nobody behind who was about to come back', () => {
    const machine = withReady();
    machine.handle({ type: 'exited', name: 'a', exit: failure }, 10);
    machine.handle({ type: 'shutdown' }, 10.05);
    expect(machine.get('a')?.state).toBe('stopped');
    expect(doings(machine.handle({ type: 'tick' }, 20))).toEqual([]);
  });
});
