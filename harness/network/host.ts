import { join } from 'node:path';
import { execa } from 'execa';
import type { Deadline } from '../../host/lib/deadline.ts';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import { type Evidence, LabError } from '../machine/contract.ts';
import { Namespace } from './namespace.ts';
import { LabServer, type ServerPlan } from './server.ts';

/** What a command answered. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly failed: boolean;
}

/** A computer of the lab's network: a network namespace, the programs that run in it, and its servers. */
export class LabHost implements AsyncDisposable {
  readonly name: string;
  readonly namespace: Namespace;
  readonly #toolbox: Toolbox;
  readonly #directory: string;
  readonly #servers: LabServer[] = [];

  private constructor(name: string, namespace: Namespace, toolbox: Toolbox, directory: string) {
    this.name = name;
    this.namespace = namespace;
    this.#toolbox = toolbox;
    this.#directory = directory;
  }

  /**
   * @param toolbox the set `lab`
   * @param directory for its servers' files
   * @param beside a host that it is to share a cable with
   */
  static async create(
    name: string,
    toolbox: Toolbox,
    directory: string,
    deadline: Deadline,
    beside?: LabHost,
  ): Promise<LabHost> {
    const namespace = await Namespace.create(deadline, beside?.namespace);
    const host = new LabHost(name, namespace, toolbox, directory);
    try {
      await host.run('ip', ['link', 'set', 'lo', 'up']);
      return host;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Words that run a tool of the set `lab` on this host. */
  async command(tool: string): Promise<[string, ...string[]]> {
    return [...this.namespace.enter, ...(await this.#toolbox.argv(tool))];
  }

  /** Runs a tool to its end, whatever that is. */
  async try(tool: string, args: readonly string[], options: { readonly input?: string } = {}): Promise<CommandResult> {
    const [program, ...words] = await this.command(tool);
    const result = await execa(program, [...words, ...args], {
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      env: { ...this.#toolbox.environment },
      reject: false,
    });
    return { stdout: result.stdout, stderr: result.stderr, failed: result.failed };
  }

  /** Runs a tool that must succeed. @throws LabError with what it said */
  async run(tool: string, args: readonly string[], options: { readonly input?: string } = {}): Promise<string> {
    const { stdout, stderr, failed } = await this.try(tool, args, options);
    if (failed) throw new LabError(`${tool} ${args.join(' ')} failed on ${this.name}: ${stderr || stdout}`);
    return stdout;
  }

  /** Runs lines of `ip` as one. */
  async ip(...lines: readonly string[]): Promise<void> {
    await this.run('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
  }

  /** Writes kernel settings of this host's network: `net/ipv6/conf/eth0/accept_ra`. @throws LabError */
  async sysctl(values: Readonly<Record<string, string | number>>): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      const [program, ...words] = [...this.namespace.enter, 'tee', `/proc/sys/${name}`] as const;
      const result = await execa(program, words, { input: String(value), reject: false });
      if (result.failed) throw new LabError(`${name} cannot be set on ${this.name}: ${result.stderr}`);
    }
  }

  /** Starts a server, or starts it again with other options: a plan of the same name takes over its folder. */
  async start(plan: ServerPlan): Promise<LabServer> {
    const command = typeof plan.program === 'string' ? await this.command(plan.program) : this.#own(plan.program);
    const directory = join(this.#directory, plan.name);
    const server = await LabServer.start(plan, command, {
      directory,
      logName: `server-${this.#servers.length + 1}.log`,
      environment: this.#toolbox.environment,
    });
    this.#servers.push(server);
    return server;
  }

  /** Whether an address answers a ping from here, once in so many tries. */
  async pings(address: string, tries: number): Promise<boolean> {
    return !(await this.try('ping', ['-n', '-c', String(tries), '-i', '0.2', '-W', '1', address])).failed;
  }

  /** What the servers said; a server that was started several times has one log for each. */
  async evidence(): Promise<readonly Evidence[]> {
    return await Promise.all(this.#servers.map((server) => server.evidence()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
    await this.namespace[Symbol.asyncDispose]();
  }

  #own(program: readonly [string, ...string[]]): readonly string[] {
    return [...this.namespace.enter, ...program];
  }
}
