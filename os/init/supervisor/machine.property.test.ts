import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ServiceDefinition, serviceDefaults } from './definition.ts';
import { type Action, type Event, SupervisorMachine } from './machine.ts';

const names = ['a', 'b', 'c', 'd'] as const;

const definitions: fc.Arbitrary<ServiceDefinition[]> = fc
  .tuple(
    ...names.map((name) =>
      fc.record({
        name: fc.constant(name),
        requires: fc.subarray([...names, 'ghost'].filter((other) => other !== name)),
        readiness: fc.constantFrom('notify' as const, 'started' as const),
        restart: fc.constantFrom('always' as const, 'on-failure' as const, 'never' as const),
      }),
    ),
  )
  .map((rows) => rows.map((row) => ({ ...serviceDefaults, description: '', module: '/x.js', ...row })));

/** What the world does next; whether it can, the model below knows. */
const step = fc.record({
  what: fc.constantFrom('start', 'stop', 'restart', 'ready', 'die', 'end', 'wait', 'wait', 'wait'),
  name: fc.constantFrom(...names),
  seconds: fc.double({ min: 0.001, max: 5, noNaN: true }),
});

/** Processes as the machine must believe them to be. */
class World {
  readonly alive = new Set<string>();
  readonly machine = new SupervisorMachine();
  now = 0;
  shuttingDown = false;
  #pid = 1;

  /** Hands an event over, and then those that follow from what the machine decides. */
  send(event: Event): void {
    const events = [event];
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      for (const action of this.machine.handle(next, this.now)) this.#perform(action, events);
    }
    this.#check();
  }

  #perform(action: Action, events: Event[]): void {
    if (action.type === 'spawn') {
      expect(this.alive.has(action.name), `${action.name} is started twice`).toBe(false);
      expect(this.shuttingDown, `${action.name} is started in a shutdown`).toBe(false);
      const { requires } = this.machine.get(action.name)?.definition ?? { requires: [] };
      for (const name of requires) expect(this.machine.get(name)?.state).toBe('ready');
      this.alive.add(action.name);
      events.push({ type: 'spawned', name: action.name, pid: this.#pid++ });
    } else if (action.type === 'kill') {
      this.alive.delete(action.name);
      events.push({ type: 'exited', name: action.name, exit: { code: null, signal: 'SIGKILL' } });
    }
  }

  /** Whatever happened: a process is known, and whoever is on the way somewhere has a deadline. */
  #check(): void {
    for (const { definition, state, pid } of this.machine.services) {
      const running = state === 'starting' || state === 'ready' || state === 'stopping';
      expect(running, `${definition.name} is ${state}`).toBe(this.alive.has(definition.name));
      if (!running) expect(pid).toBeNull();
      const moving = state === 'starting' || state === 'stopping' || state === 'backing-off';
      if (moving) expect(this.machine.nextDeadline).not.toBeNull();
    }
  }
}

test('whatever happens in whatever order, the machine stays true to the processes and comes to rest', () => {
  fc.assert(
    fc.property(definitions, fc.array(step, { maxLength: 60 }), (services, steps) => {
      const world = new World();
      for (const service of services) world.machine.add(service, 0);
      world.send({ type: 'tick' });
      for (const { what, name, seconds } of steps) {
        world.now += seconds;
        if (what === 'wait') world.send({ type: 'tick' });
        else if (what === 'die' || what === 'end') {
          if (!world.alive.delete(name)) continue;
          world.send({ type: 'exited', name, exit: { code: what === 'end' ? 0 : 1, signal: null } });
        } else world.send({ type: what as 'start' | 'stop' | 'restart' | 'ready', name });
      }
      world.shuttingDown = true;
      world.send({ type: 'shutdown' });
      // Every service takes its full time: asked, terminated, killed; dependents first.
      for (let turn = 0; turn < 40 && !world.machine.quiet; turn++) {
        world.now = world.machine.nextDeadline ?? world.now;
        world.send({ type: 'tick' });
      }
      expect(world.alive.size).toBe(0);
      expect(world.machine.quiet).toBe(true);
      expect(world.machine.nextDeadline).toBeNull();
    }),
    { numRuns: 300 },
  );
});
