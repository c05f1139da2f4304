import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Deadline } from './deadline.ts';

/** Milliseconds after which somebody who wanted to remove a dead process's lock must have died on the way. */
const breakLimit = 10_000;

/**
 * Runs `work` while no other process holds the lock file `path`. A lock whose process is dead is taken over, so a
 * crash needs no cleaning up. Not re-entrant.
 *
 * The file names the process and when it started, because process ids are used again.
 *
 * @param onWait called once with the holder's process id when there is a wait.
 * @throws DeadlineError when the lock is not free in time.
 */
export async function withLock<T>(
  path: string,
  deadline: Deadline,
  work: () => Promise<T>,
  onWait: (process: number) => void = () => {},
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const own = await identity(process.pid);
  let told = false;
  await deadline.poll(
    `The release of ${path}`,
    async () => {
      if (await claim(path, own)) return true;
      const holder = await readFile(path, 'utf8').catch(() => '');
      if (holder === '') return undefined;
      if (!(await lives(holder))) {
        await removeStale(path, holder);
        return undefined;
      }
      if (!told) onWait(Number.parseInt(holder, 10));
      told = true;
      return undefined;
    },
    100,
  );
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** True when a process of this id exists. One that has ended and waits for its parent to notice (a zombie) does not. */
export function isRunning(id: number): boolean {
  try {
    const line = readFileSync(`/proc/${id}/stat`, 'utf8');
    return !/^[ZX]/.test(line.slice(line.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Makes the lock appear with its content, which `open` with O_EXCL cannot: a reader never sees it empty. */
async function claim(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { flag: 'wx' });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Only one waiter at a time removes a stale lock, and looks again first: it may be somebody's new one by then. */
async function removeStale(path: string, holder: string): Promise<void> {
  const breaking = `${path}.break`;
  if (await claim(breaking, await identity(process.pid))) {
    try {
      if ((await readFile(path, 'utf8').catch(() => '')) === holder) await rm(path, { force: true });
    } finally {
      await rm(breaking, { force: true });
    }
  } else {
    const age = await stat(breaking).then(
      (of) => Date.now() - of.mtimeMs,
      () => 0,
    );
    if (age > breakLimit) await rm(breaking, { force: true });
  }
}

/** `<process id> <start time in clock ticks since boot>` (proc_pid_stat(5), field 22). */
async function identity(process_: number): Promise<string> {
  const line = await readFile(`/proc/${process_}/stat`, 'utf8').catch(() => '');
  const afterName = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return `${process_} ${afterName[19] ?? ''}`;
}

async function lives(holder: string): Promise<boolean> {
  const id = Number.parseInt(holder, 10);
  return Number.isInteger(id) && isRunning(id) && (await identity(id)) === holder;
}
