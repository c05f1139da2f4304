import { type ChildProcess, spawn } from 'node:child_process';
import type { FromInit } from '../../control/protocol.ts';
import type { Journal } from '../log/journal.ts';
import type { ControlGroup } from './cgroup.ts';
import type { ServiceDefinition } from './definition.ts';
import type { Exit } from './exit.ts';
import { type Action, type Event, type Service, SupervisorMachine } from './machine.ts';
import { captureLines } from './output.ts';

/**
 * Flags of every service's node. The system calls' module is marked experimental and would say so in every log; one
 * extra V8 thread is enough, and each costs memory.
 */
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--v8-pool-size=1'];

/** How long output may lag behind the end of its process (milliseconds). */
const outputPatience = 250;

/** What is needed of a control group. */
export type ServiceGroup = Pick<ControlGroup, 'prepare' | 'add' | 'kill' | 'memory' | 'memoryLimitReached'>;

/** What the runner tells and asks the rest of PID 1. */
export interface RunnerHooks {
  /** Seconds since boot. */
  readonly uptime: () => number;
  readonly journal: Journal;
  /** Something a service sent over its channel; it is outside data. */
  readonly onMessage: (service: Service, message: unknown, answer: (message: FromInit) => void) => void;
  /** A service ended in a way nobody asked for. */
  readonly onCrash: (service: Service, exit: Exit) => void;
  /** Some service changed its state. */
  readonly onChange: () => void;
  /** The control group of a service, made or not. */
  readonly group: (name: string) => ServiceGroup;
  /** The environment of a service's process, made just before its start. */
  readonly environment: (definition: ServiceDefinition) => Record<string, string>;
}

/** Starts and ends the services' processes as the state machine decides. */
export class Runner {
  readonly machine = new SupervisorMachine();
  readonly #hooks: RunnerHooks;
  readonly #children = new Map<string, ChildProcess>();
  readonly #groups = new Map<string, ServiceGroup>();
  /** Processes that libuv will reap itself. */
  readonly #pids = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(hooks: RunnerHooks) {
    this.#hooks = hooks;
  }

  /** Adds a service and starts it as soon as what it requires is ready. A name that is taken is refused with false. */
  start(definition: ServiceDefinition): boolean {
    if (this.machine.get(definition.name) !== undefined) return false;
    this.machine.add(definition, this.#hooks.uptime());
    this.send({ type: 'start', name: definition.name });
    return true;
  }

  /** Feeds an event to the machine and carries out what it decides. */
  send(event: Event): void {
    for (const action of this.machine.handle(event, this.#hooks.uptime())) this.#perform(action);
    this.#arm();
    this.#hooks.onChange();
  }

  /** Tells every service that may send requests. */
  broadcast(message: FromInit): void {
    for (const [name, child] of this.#children) {
      if (this.machine.get(name)?.definition.control === true) this.#tell(child, message);
    }
  }

  /** Whether `pid` was started here, so that libuv reaps it. */
  owns(pid: number): boolean {
    return this.#pids.has(pid);
  }

  /** Bytes charged to a service's control group. */
  memory(name: string): number | null {
    return this.#groups.get(name)?.memory ?? null;
  }

  /** Kills all processes of all services at once: the last resort of a shutdown. */
  killAll(): void {
    for (const name of this.#children.keys()) this.#kill(name);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const deadline = this.machine.nextDeadline;
    if (deadline === null) return;
    const wait = Math.max(0, deadline - this.#hooks.uptime()) * 1000;
    this.#timer = setTimeout(() => this.send({ type: 'tick' }), wait + 1);
  }

  #perform(action: Action): void {
    if (action.type === 'say') {
      this.#hooks.journal.write('init', action.severity, action.message);
      return;
    }
    const service = this.machine.get(action.name);
    if (service === undefined) return;
    switch (action.type) {
      case 'spawn':
        this.#spawn(service.definition);
        return;
      case 'ask':
        this.#ask(action.name);
        return;
      case 'terminate':
        this.#children.get(action.name)?.kill('SIGTERM');
        return;
      case 'kill':
        this.#kill(action.name);
        return;
      case 'crashed':
        this.#hooks.onCrash(service, action.exit);
        return;
    }
  }

  #spawn(definition: ServiceDefinition): void {
    const { name, uid, gid } = definition;
    const group = this.#group(definition);
    let child: ChildProcess;
    try {
      child = spawn(process.execPath, [...nodeFlags, definition.module], {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // A session of its own: a signal to its process group stays within the service.
        detached: true,
        cwd: '/',
        env: this.#hooks.environment(definition),
        ...(uid === 0 ? {} : { uid, gid }),
      });
    } catch (error) {
      this.#couldNotStart(name, error as Error);
      return;
    }
    child.on('error', (error) => {
      if (child.pid === undefined) this.#couldNotStart(name, error);
    });
    const { pid } = child;
    if (pid === undefined) return;
    this.#pids.add(pid);
    this.#children.set(name, child);
    try {
      group.add(pid);
    } catch (error) {
      this.#hooks.journal.write('init', 'warning', `${name} runs without limits: ${(error as Error).message}`);
    }
    this.#listen(definition, child);
    // Later: the machine is handling the event that led here.
    setImmediate(() => this.send({ type: 'spawned', name, pid }));
  }

  #group(definition: ServiceDefinition): ServiceGroup {
    const { name } = definition;
    const group = this.#groups.get(name) ?? this.#hooks.group(name);
    this.#groups.set(name, group);
    try {
      group.prepare(definition);
    } catch (error) {
      this.#hooks.journal.write('init', 'warning', `${name} gets no limits: ${(error as Error).message}`);
    }
    return group;
  }

  #couldNotStart(name: string, error: Error): void {
    const exit: Exit = { code: null, signal: null, reason: `could not be started: ${error.message}` };
    setImmediate(() => this.send({ type: 'exited', name, exit }));
  }

  #listen(definition: ServiceDefinition, child: ChildProcess): void {
    const { name } = definition;
    const { journal } = this.#hooks;
    if (child.stdout !== null) captureLines(child.stdout, (line) => journal.write(name, 'info', line));
    if (child.stderr !== null) captureLines(child.stderr, (line) => journal.write(name, 'warning', line));
    child.on('message', (message) => {
      const service = this.machine.get(name);
      if (service === undefined || this.#children.get(name) !== child) return;
      this.#hooks.onMessage(service, message, (answer) => this.#tell(child, answer));
    });
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) this.#pids.delete(child.pid);
      const group = this.#groups.get(name);
      const exit: Exit = { code, signal, memoryLimit: group?.memoryLimitReached ?? false };
      // What it left running goes with it; that also closes its output.
      group?.kill();
      let told = false;
      const tell = () => {
        if (told) return;
        told = true;
        clearTimeout(timer);
        // One that was written off and replaced is nobody's any more.
        if (this.#children.get(name) !== child) return;
        this.#children.delete(name);
        this.send({ type: 'exited', name, exit });
      };
      const timer = setTimeout(tell, outputPatience);
      child.once('close', tell);
    });
  }

  #ask(name: string): void {
    const child = this.#children.get(name);
    if (child === undefined) return;
    if (child.connected) this.#tell(child, { type: 'stop' });
    else child.kill('SIGTERM');
  }

  #tell(child: ChildProcess, message: FromInit): void {
    // A service that is just ending has closed its channel; that is no error here.
    if (child.connected) child.send(message, () => {});
  }

  #kill(name: string): void {
    this.#groups.get(name)?.kill();
    this.#children.get(name)?.kill('SIGKILL');
  }
}
