import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServiceDefinition } from './definition.ts';

/** All services live below this group. Control groups version 2: Documentation/admin-guide/cgroup-v2.rst. */
const root = '/sys/fs/cgroup/panos';
const controllers = '+memory +pids +cpu';

/**
 * Makes the parent group and hands the controllers down to it and to the services' groups. Answers with a sentence if
 * that fails: services then run without limits.
 */
export function prepareGroups(): readonly string[] {
  try {
    writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', controllers);
    mkdirSync(root, { recursive: true });
    writeFileSync(`${root}/cgroup.subtree_control`, controllers);
    return [];
  } catch (error) {
    return [`services run without limits, there are no control groups: ${(error as Error).message}`];
  }
}

/** The control group of one service: its limits, and the handle by which all its processes are found and killed. */
export class ControlGroup {
  readonly #path: string;
  #memoryKills = 0;

  constructor(name: string) {
    this.#path = `${root}/${name}`;
  }

  /**
   * Makes the group if need be, and sets the limits of the process that is about to be started.
   * @throws the file system's error where control groups are missing.
   */
  prepare({ memoryMax, processesMax }: ServiceDefinition): void {
    mkdirSync(this.#path, { recursive: true });
    this.#write('memory.max', memoryMax === null ? 'max' : String(memoryMax));
    // One process over the limit means the service is broken as a whole.
    this.#write('memory.oom.group', '1');
    this.#write('pids.max', processesMax === null ? 'max' : String(processesMax));
    this.#memoryKills = this.#countMemoryKills();
  }

  /** Moves a process in. Done right after the start: node has then not allocated anything that matters. */
  add(pid: number): void {
    this.#write('cgroup.procs', String(pid));
  }

  /** Kills every process in the group, also those that ran away from the service's main process. */
  kill(): void {
    try {
      this.#write('cgroup.kill', '1');
    } catch {}
  }

  /** Whether the kernel killed for memory since `prepare`. */
  get memoryLimitReached(): boolean {
    return this.#countMemoryKills() > this.#memoryKills;
  }

  /** Bytes charged to the group, null if it does not exist. */
  get memory(): number | null {
    try {
      return Number(readFileSync(`${this.#path}/memory.current`, 'utf8'));
    } catch {
      return null;
    }
  }

  #countMemoryKills(): number {
    try {
      return Number(/^oom_kill (\d+)$/m.exec(readFileSync(`${this.#path}/memory.events`, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0;
    }
  }

  #write(file: string, text: string): void {
    writeFileSync(`${this.#path}/${file}`, text);
  }
}
