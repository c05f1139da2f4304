import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Deadline } from '../../host/lib/deadline.ts';
import { type Evidence, LabError } from '../machine/contract.ts';

/** A server program: what it is started with, as data. */
export interface ServerPlan {
  /** Unique in its network: names its folder and its log. */
  readonly name: string;
  /** A tool of the toolbox's set `lab`, or the words of another program. */
  readonly program: string | readonly [string, ...string[]];
  /** Its files, by name in its folder. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Its arguments; `directory` is its folder, absolute. */
  readonly arguments: (directory: string) => readonly string[];
  /** What it says when it serves. */
  readonly ready: RegExp;
}

/** Seconds in which a server must serve, and in which it must have ended when asked. */
const patience = 15;

/** A server that runs, or ran. Its log is everything that it said. */
export class LabServer implements AsyncDisposable {
  readonly name: string;
  readonly directory: string;
  readonly #child: ReturnType<typeof spawn>;
  readonly #logPath: string;
  readonly #listeners = new Set<() => void>();
  readonly #ended: Promise<void>;
  #log = '';
  #running = true;

  private constructor(name: string, { directory, logName }: StartOptions, child: ReturnType<typeof spawn>) {
    this.name = name;
    this.directory = directory;
    this.#logPath = join(directory, logName);
    this.#child = child;
    const note = (chunk: unknown) => {
      this.#log += String(chunk);
      for (const listener of [...this.#listeners]) listener();
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    this.#ended = child.then(() => {
      this.#running = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /**
   * Starts a server and waits until it says that it serves.
   * @param command words that run it where it belongs
   * @throws LabError with its last words when it ends instead
   */
  static async start(plan: ServerPlan, command: readonly string[], options: StartOptions): Promise<LabServer> {
    const { directory } = options;
    await mkdir(directory, { recursive: true });
    for (const [name, content] of Object.entries(plan.files ?? {})) await writeFile(join(directory, name), content);
    const server = new LabServer(plan.name, options, spawn([...command, ...plan.arguments(directory)], options));
    await server.waitForLog(plan.ready, Deadline.in(patience));
    return server;
  }

  get running(): boolean {
    return this.#running;
  }

  get log(): string {
    return this.#log;
  }

  /** Where the log ends now; for {@link waitForLog}. */
  get position(): number {
    return this.#log.length;
  }

  /**
   * Waits until the log has something, also if it had it before (see `since`).
   * @throws DeadlineError; LabError when the server ends first
   */
  async waitForLog(pattern: RegExp, deadline: Deadline, since = 0): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const look = () => {
      const found = pattern.exec(this.#log.slice(since));
      if (found !== null) resolve(found);
      else if (!this.#running) reject(new LabError(`${this.name} ended: ${lastLines(this.#log)}`));
    };
    this.#listeners.add(look);
    try {
      look();
      return await deadline.race(promise, `${pattern} in the log of ${this.name}`);
    } finally {
      this.#listeners.delete(look);
    }
  }

  /** Ends it: politely first, so that it says what it has to say (a router that leaves tells its hosts). */
  async stop(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#child.kill(signal);
    try {
      await Deadline.in(patience).race(this.#ended, `the end of ${this.name}`);
    } catch {
      this.#child.kill('SIGKILL');
      await this.#ended;
    }
  }

  /** The log as a file. */
  async evidence(): Promise<Evidence> {
    await writeFile(this.#logPath, this.#log);
    return { name: `${this.name} log`, mediaType: 'text/plain', path: this.#logPath };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running) await this.stop('SIGKILL');
  }
}

interface StartOptions {
  /** Made if need be; what an earlier run left there (leases) stays. */
  readonly directory: string;
  readonly logName: string;
  readonly environment: Readonly<Record<string, string>>;
}

function spawn([program = '', ...words]: readonly string[], { directory, environment }: StartOptions) {
  return execa(program, words, {
    cwd: directory,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    env: { ...environment },
  });
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join('; ') || 'it said nothing';
