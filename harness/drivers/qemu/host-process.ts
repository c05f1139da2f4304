import { readFile } from 'node:fs/promises';

/** A process told apart from a later one of the same number by the moment it started (proc(5), `stat` field 22). */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since the host booted. */
  readonly startTime: string;
}

/** The identity of a living process; undefined when there is none of that number, or only its remains (a zombie). */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field, the program's name, may contain spaces and parentheses: count behind the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTime };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.startTime === process.startTime;
}

/** Ends a process at once, if it is still the one that is meant. */
export async function killNow(target: ProcessIdentity): Promise<void> {
  if (!(await isAlive(target))) return;
  try {
    process.kill(target.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
