/**
 * The supervisor's decisions, without processes and without a clock: events and the time come in, actions come out.
 * The runner (`runner.ts`) carries them out and reports what happened.
 */
import type { ServiceState, Severity } from '../../control/protocol.ts';
import { afterDeath, deathWindow, recentDeaths } from './back-off.ts';
import type { ServiceDefinition } from './definition.ts';
import { describeExit, type Exit, isSuccess } from './exit.ts';

export type Event =
  | { readonly type: 'start' | 'stop' | 'restart' | 'ready'; readonly name: string }
  | { readonly type: 'spawned'; readonly name: string; readonly pid: number }
  | { readonly type: 'exited'; readonly name: string; readonly exit: Exit }
  /** Time passed: `nextDeadline` is reached. */
  | { readonly type: 'tick' }
  /** Stop everything, dependents first; nothing is started any more. */
  | { readonly type: 'shutdown' };

/** `spawn` must be answered by `spawned` and later `exited`, or by `exited` alone if there is no process. */
export type Action =
  | { readonly type: 'spawn' | 'ask' | 'terminate' | 'kill'; readonly name: string }
  | { readonly type: 'crashed'; readonly name: string; readonly exit: Exit }
  | { readonly type: 'say'; readonly severity: Severity; readonly message: string };

/** A service as it stands. */
export interface Service {
  readonly definition: ServiceDefinition;
  readonly state: ServiceState;
  readonly since: number;
  readonly pid: number | null;
  readonly restarts: number;
  readonly lastExit: string | null;
}

interface Entry extends Service {
  state: ServiceState;
  since: number;
  pid: number | null;
  restarts: number;
  lastExit: string | null;
  deaths: number[];
  /** A process was asked for and has not ended. */
  alive: boolean;
  /** When `tick` has something to do for it. */
  deadline: number | null;
  stage: 'asked' | 'terminated' | 'killed';
  startAgain: boolean;
  timedOut: boolean;
}

/** How long the kernel may take to end a killed process before it is written off. */
const killPatience = 5;

export class SupervisorMachine {
  readonly #entries = new Map<string, Entry>();
  #actions: Action[] = [];
  #shuttingDown = false;
  #now = 0;

  get services(): readonly Service[] {
    return [...this.#entries.values()];
  }

  get(name: string): Service | undefined {
    return this.#entries.get(name);
  }

  /** When `tick` is due (seconds since boot), or null. */
  get nextDeadline(): number | null {
    let next: number | null = null;
    for (const { deadline } of this.#entries.values()) {
      if (deadline !== null && (next === null || deadline < next)) next = deadline;
    }
    return next;
  }

  /** No service has a process. */
  get quiet(): boolean {
    return [...this.#entries.values()].every((entry) => !entry.alive);
  }

  /** Nothing will change without a death or a person: every service is up, or will not come up. */
  get settled(): boolean {
    return [...this.#entries.values()].every(
      ({ state, definition }) =>
        state === 'ready' ||
        state === 'failed' ||
        state === 'stopped' ||
        (state === 'waiting' && this.#blocked(definition)),
    );
  }

  /** Adds a service; it is started by the next event of type `start` or `tick`. Its name must be new. */
  add(definition: ServiceDefinition, now: number): void {
    this.#entries.set(definition.name, {
      definition,
      state: 'waiting',
      since: now,
      pid: null,
      restarts: 0,
      lastExit: null,
      deaths: [],
      alive: false,
      deadline: null,
      stage: 'asked',
      startAgain: false,
      timedOut: false,
    });
  }

  /** Takes an event at `now` (seconds since boot) and answers with what is to be done, in order. */
  handle(event: Event, now: number): readonly Action[] {
    this.#now = now;
    this.#actions = [];
    if (event.type === 'shutdown') this.#shuttingDown = true;
    else if (event.type === 'tick') for (const entry of this.#entries.values()) this.#expire(entry);
    else {
      const entry = this.#entries.get(event.name);
      if (entry !== undefined) this.#handleFor(entry, event);
    }
    if (this.#shuttingDown) this.#stopLayer();
    else this.#launch();
    return this.#actions;
  }

  #handleFor(entry: Entry, event: Exclude<Event, { type: 'tick' | 'shutdown' }>): void {
    switch (event.type) {
      case 'start':
        this.#start(entry);
        return;
      case 'stop':
        this.#stop(entry, false);
        return;
      case 'restart':
        entry.alive ? this.#stop(entry, true) : this.#start(entry);
        return;
      case 'spawned':
        if (entry.alive) entry.pid = event.pid;
        if (entry.state === 'starting' && entry.definition.readiness === 'started') this.#becomeReady(entry);
        return;
      case 'ready':
        if (entry.state === 'starting') this.#becomeReady(entry);
        return;
      case 'exited':
        if (entry.alive) this.#exited(entry, event.exit);
        return;
    }
  }

  #enter(entry: Entry, state: ServiceState, deadline: number | null = null): void {
    entry.state = state;
    entry.since = this.#now;
    entry.deadline = deadline;
  }

  #say(severity: Severity, message: string): void {
    this.#actions.push({ type: 'say', severity, message });
  }

  #start(entry: Entry): void {
    if (this.#shuttingDown || entry.state === 'starting' || entry.state === 'ready') return;
    entry.deaths = [];
    entry.restarts = 0;
    if (entry.state === 'stopping') entry.startAgain = true;
    else this.#enter(entry, 'waiting');
  }

  #becomeReady(entry: Entry): void {
    this.#say('info', `${entry.definition.name} is ready after ${(this.#now - entry.since).toFixed(2)} s`);
    this.#enter(entry, 'ready');
  }

  #stop(entry: Entry, startAgain: boolean): void {
    entry.deaths = [];
    entry.restarts = 0;
    if (!entry.alive) {
      this.#enter(entry, 'stopped');
      return;
    }
    entry.startAgain = startAgain;
    if (entry.state === 'stopping') return;
    entry.stage = 'asked';
    this.#enter(entry, 'stopping', this.#now + (entry.definition.stopTimeout * 2) / 3);
    this.#actions.push({ type: 'ask', name: entry.definition.name });
  }

  #exited(entry: Entry, exit: Exit): void {
    const stopping = entry.state === 'stopping';
    const verdict: Exit = entry.timedOut ? { ...exit, reason: 'start time-out' } : exit;
    entry.alive = false;
    entry.pid = null;
    entry.timedOut = false;
    entry.lastExit = describeExit(verdict);
    if (stopping) {
      this.#stopped(entry);
      return;
    }
    const { name, restart } = entry.definition;
    const success = isSuccess(verdict);
    if (!success && !this.#shuttingDown) this.#actions.push({ type: 'crashed', name, exit: verdict });
    if (this.#shuttingDown || (success && restart !== 'always')) {
      this.#say(success ? 'info' : 'warning', `${name} ended (${entry.lastExit})`);
      this.#enter(entry, 'stopped');
      return;
    }
    if (restart === 'never') {
      this.#say('error', `${name} ended (${entry.lastExit}) and is not to be started again`);
      this.#enter(entry, 'failed');
      return;
    }
    this.#backOff(entry);
  }

  #backOff(entry: Entry): void {
    const { name } = entry.definition;
    entry.deaths = [...recentDeaths(entry.deaths, this.#now), this.#now];
    const { giveUp, delay } = afterDeath(entry.deaths);
    if (giveUp) {
      const count = `${entry.deaths.length} times within ${deathWindow} s`;
      this.#say('error', `${name} failed: it ended ${count} (last: ${entry.lastExit}) and is given up`);
      this.#enter(entry, 'failed');
      return;
    }
    this.#say('warning', `${name} ended (${entry.lastExit}), starting it again in ${delay} s`);
    this.#enter(entry, 'backing-off', this.#now + delay);
  }

  #stopped(entry: Entry): void {
    this.#say('info', `${entry.definition.name} stopped (${entry.lastExit})`);
    this.#enter(entry, entry.startAgain && !this.#shuttingDown ? 'waiting' : 'stopped');
    entry.startAgain = false;
  }

  #expire(entry: Entry): void {
    if (entry.deadline === null || entry.deadline > this.#now) return;
    const { name, startTimeout, stopTimeout } = entry.definition;
    if (entry.state === 'backing-off') {
      entry.restarts++;
      this.#enter(entry, 'waiting');
    } else if (entry.state === 'starting') {
      if (!entry.timedOut) this.#say('error', `${name} was not ready within ${startTimeout} s and is killed`);
      entry.timedOut = true;
      entry.deadline = this.#now + killPatience;
      this.#actions.push({ type: 'kill', name });
    } else if (entry.stage === 'asked') {
      entry.stage = 'terminated';
      entry.deadline = this.#now + stopTimeout / 3;
      this.#actions.push({ type: 'terminate', name });
    } else if (entry.stage === 'terminated') {
      entry.stage = 'killed';
      entry.deadline = this.#now + killPatience;
      this.#say('warning', `${name} did not stop within ${stopTimeout} s and is killed`);
      this.#actions.push({ type: 'kill', name });
    } else {
      this.#say('error', `${name} (process ${entry.pid}) does not end although it was killed`);
      entry.alive = false;
      entry.lastExit = 'cannot be killed';
      this.#stopped(entry);
    }
  }

  /** Starts every waiting service whose requirements are ready. */
  #launch(): void {
    for (const entry of this.#entries.values()) {
      if (entry.state !== 'waiting' || entry.alive || !this.#satisfied(entry.definition)) continue;
      entry.alive = true;
      this.#enter(entry, 'starting', this.#now + entry.definition.startTimeout);
      this.#actions.push({ type: 'spawn', name: entry.definition.name });
    }
  }

  #satisfied({ requires }: ServiceDefinition): boolean {
    return requires.every((name) => this.#entries.get(name)?.state === 'ready');
  }

  /** Whether a requirement will not become ready by itself. A circle of requirements blocks all in it. */
  #blocked({ requires }: ServiceDefinition, seen: ReadonlySet<string> = new Set()): boolean {
    return requires.some((name) => {
      const entry = this.#entries.get(name);
      if (entry === undefined || seen.has(name) || entry.state === 'failed' || entry.state === 'stopped') return true;
      return entry.state === 'waiting' && this.#blocked(entry.definition, new Set([...seen, name]));
    });
  }

  /** Stops what no living service requires; called again as each of them ends. */
  #stopLayer(): void {
    const entries = [...this.#entries.values()];
    for (const entry of entries) {
      if (!entry.alive) {
        if (entry.state !== 'stopped' && entry.state !== 'failed') this.#enter(entry, 'stopped');
        continue;
      }
      const { name } = entry.definition;
      const required = entries.some(
        (other) => other.alive && other !== entry && other.definition.requires.includes(name),
      );
      if (!required || entry.definition.requires.includes(name)) this.#stop(entry, false);
    }
  }
}
