import { rm } from 'node:fs/promises';
import { execa } from 'execa';

export interface ProcessOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where its output goes. Written anew. */
  readonly log: string;
  /** Words in front of the command line, of a program that becomes what they name: `unshare --net --`. */
  readonly within?: readonly string[];
}

/** Runs one Node.js program to its end, and answers its exit status. */
export type RunProcess = (args: readonly string[], options: ProcessOptions) => Promise<number>;

/**
 * The kernel kills the child when this process dies (prctl(2), PR_SET_PDEATHSIG): the only way that also covers
 * SIGKILL, and the one that the QEMU driver uses for its machines.
 */
const diesWithParent = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;

/**
 * {@link RunProcess} for real. The child leads a process group, which is killed whole when this process exits (Ctrl-C,
 * a failure elsewhere): workers and machines go with it.
 */
export const runProcess: RunProcess = async (args, { directory, environment, log, within = [] }) => {
  await rm(log, { force: true });
  const output = { file: log, append: true } as const;
  // The kernel forgets the wish when a process enters a user namespace, so it comes last.
  const [program = '', ...words] = [...within, ...diesWithParent];
  const child = execa(program, [...words, process.execPath, '--disable-warning=ExperimentalWarning', ...args], {
    cwd: directory,
    env: environment,
    detached: true,
    stdin: 'ignore',
    stdout: output,
    stderr: output,
    buffer: false,
    reject: false,
  });
  const end = (): void => killGroup(child.pid);
  process.on('exit', end);
  try {
    const result = await child;
    return result.exitCode ?? 1;
  } finally {
    process.off('exit', end);
    // Whoever the child left behind
    end();
  }
};

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
