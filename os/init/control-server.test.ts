import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FromInit } from '../control/protocol.ts';
import { type ControlSubjects, receive } from './control-server.ts';
import { Journal } from './log/journal.ts';
import { type ServiceDefinition, serviceDefaults } from './supervisor/definition.ts';
import { type Event, SupervisorMachine } from './supervisor/machine.ts';
import type { Runner } from './supervisor/runner.ts';

const define = (name: string, control: boolean): ServiceDefinition => ({
  ...serviceDefaults,
  name,
  description: `${name} for tests`,
  module: '/x.js',
  control,
  memoryMax: 5000,
});

/** Two services, of which only `console` may ask. */
function scene() {
  const machine = new SupervisorMachine();
  machine.add(define('console', true), 0);
  machine.add(define('guest', false), 0);
  for (const [pid, name] of ['console', 'guest'].entries()) {
    machine.handle({ type: 'tick' }, 0);
    machine.handle({ type: 'spawned', name, pid: pid + 10 }, 0);
  }
  const events: Event[] = [];
  const send = (event: Event) => {
    events.push(event);
    machine.handle(event, 1);
  };
  const journal = new Journal({ uptime: () => 1, now: () => 0 });
  const powered: string[] = [];
  const subjects: ControlSubjects = {
    journal,
    runner: { machine, send, memory: () => 1234 } as unknown as Runner,
    settings: () => ({ settings: { hostname: 'x' }, problems: ['p'] }),
    reached: { settings: Promise.resolve(), data: new Promise(() => {}) },
    reloadSettings: () => ({ settings: { hostname: 'y' }, problems: [] }),
    power: (action, by) => powered.push(`${action} by ${by}`),
  };
  const tell = (from: string, message: unknown): FromInit[] => {
    const answers: FromInit[] = [];
    const service = machine.get(from);
    if (service !== undefined) receive(subjects, service, message, (answer) => answers.push(answer));
    return answers;
  };
  const ask = (from: string, request: unknown) => tell(from, { type: 'request', id: 7, request });
  return { machine, journal, events, powered, tell, ask };
}

describe('what any service may do', () => {
  test('say that it is ready, and log', () => {
    const { machine, journal, tell } = scene();
    tell('guest', { type: 'ready' });
    expect(machine.get('guest')?.state).toBe('ready');
    tell('guest', { type: 'log', severity: 'warning', message: 'hello' });
    expect(journal.read({ unit: 'guest' })[0]).toMatchObject({ severity: 'warning', message: 'hello' });
  });

  test('requests are for those who may', () => {
    const { ask, powered } = scene();
    expect(ask('guest', { kind: 'power', action: 'poweroff' })).toEqual([
      { type: 'error', id: 7, status: 403, message: 'guest may not send requests' },
    ]);
    expect(powered).toEqual([]);
  });

  test('rubbish harms nobody', () => {
    const { tell, journal } = scene();
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom('guest', 'console'), (message, from) => {
        tell(from, message);
        for (const [answer] of [tell(from, { type: 'request', id: 1, request: message })]) {
          expect(answer?.type).toBe('error');
        }
      }),
    );
    expect(journal.read({ severity: 'error' })).toEqual([]);
  });
});

describe('requests', () => {
  test('settings: also when start-up has come so far', async () => {
    const { ask } = scene();
    const [read, mounted] = [
      ask('console', { kind: 'settings', after: 'settings' }),
      ask('console', { kind: 'settings', after: 'data' }),
    ];
    await new Promise(setImmediate);
    expect(read).toMatchObject([{ type: 'answer', id: 7, result: { settings: { hostname: 'x' } } }]);
    expect(mounted).toEqual([]);
  });

  test('services: how they are', () => {
    const { ask } = scene();
    const [answer] = ask('console', { kind: 'services' });
    expect(answer).toMatchObject({ type: 'answer', id: 7 });
    expect(answer?.type === 'answer' && answer.result).toEqual([
      {
        name: 'console',
        description: 'console for tests',
        state: 'starting',
        pid: 10,
        restarts: 0,
        since: 0,
        lastExit: null,
        memory: 1234,
        memoryLimit: 5000,
      },
      expect.objectContaining({ name: 'guest' }),
    ]);
  });

  test('service: start, stop, restart', () => {
    const { ask, events } = scene();
    expect(ask('console', { kind: 'service', name: 'guest', action: 'stop' })).toMatchObject([
      { type: 'answer', result: { name: 'guest', state: 'stopping' } },
    ]);
    expect(events).toEqual([{ type: 'stop', name: 'guest' }]);
    expect(ask('console', { kind: 'service', name: 'nobody', action: 'stop' })).toMatchObject([{ status: 404 }]);
    expect(ask('console', { kind: 'service', name: 'guest', action: 'exited' })).toMatchObject([{ status: 400 }]);
    expect(ask('console', { kind: 'service', name: 'console', action: 'stop' })).toMatchObject([{ status: 409 }]);
  });

  test('log: filtered and bounded', () => {
    const { ask, journal } = scene();
    for (let line = 0; line < 1500; line++) journal.write('a', 'info', String(line));
    journal.write('b', 'error', 'bad');
    const count = (request: object) => {
      const [answer] = ask('console', { kind: 'log', ...request });
      if (answer?.type === 'answer') return (answer.result as readonly unknown[]).length;
      return answer?.type === 'error' ? answer.status : undefined;
    };
    expect(count({})).toBe(100);
    expect(count({ limit: 1e9 })).toBe(1000);
    expect(count({ unit: 'b' })).toBe(1);
    expect(count({ severity: 'error' })).toBe(1);
    expect(count({ severity: 'loud' })).toBe(400);
  });

  test('power and settings', () => {
    const { ask, powered } = scene();
    expect(ask('console', { kind: 'power', action: 'reboot' })).toEqual([{ type: 'answer', id: 7, result: null }]);
    expect(powered).toEqual(['reboot by the console service']);
    expect(ask('console', { kind: 'power', action: 'explode' })).toMatchObject([{ status: 400 }]);
    expect(ask('console', { kind: 'settings' })).toEqual([
      { type: 'answer', id: 7, result: { settings: { hostname: 'x' }, problems: ['p'] } },
    ]);
    expect(ask('console', { kind: 'reload-settings' })).toMatchObject([{ result: { settings: { hostname: 'y' } } }]);
    expect(ask('guest', { kind: 'reload-settings' })).toMatchObject([{ status: 403 }]);
    expect(ask('console', { kind: 'unheard of' })).toMatchObject([{ status: 400 }]);
  });
});
