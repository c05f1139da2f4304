import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Deadline, DeadlineError } from './deadline.ts';
import { isRunning, withLock } from './lock.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'panos-lock-'));
  path = join(folder, 'deep', 'a.lock');
});
afterEach(() => rm(folder, { recursive: true }));

test('holders take turns and leave nothing behind', async () => {
  let inside = 0;
  let most = 0;
  const one = () =>
    withLock(path, Deadline.in(8), async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    });
  await Promise.all([one(), one(), one(), one()]);
  expect(most).toBe(1);
  expect(await readdir(join(folder, 'deep'))).toEqual([]);
});

test('a lock whose process is dead, or whose id was used again, is taken over', async () => {
  await withLock(path, Deadline.in(1), async () => {});
  for (const holder of ['4194305 1', `${process.pid} 1`, 'nonsense']) {
    await writeFile(path, holder);
    expect(await withLock(path, Deadline.in(2), async () => 'done')).toBe('done');
  }
});

test('two waiters on a stale lock still take turns', async () => {
  await withLock(path, Deadline.in(1), async () => {});
  await writeFile(path, '4194305 1');
  let inside = 0;
  const one = () =>
    withLock(path, Deadline.in(8), async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    });
  await Promise.all([one(), one(), one()]);
});

test('a wait names the holder once and ends at its deadline', async () => {
  const told: number[] = [];
  await withLock(path, Deadline.in(1), async () => {
    const second = withLock(
      path,
      Deadline.in(0.3),
      async () => {},
      (id) => told.push(id),
    );
    await expect(second).rejects.toThrow(DeadlineError);
  });
  expect(told).toEqual([process.pid]);
});

test('the lock is released when the work fails', async () => {
  const work = withLock(path, Deadline.in(1), () => Promise.reject(new Error('no')));
  await expect(work).rejects.toThrow('no');
  expect(await withLock(path, Deadline.in(1), async () => 1)).toBe(1);
});

test('a process that has ended does not run, noticed by its parent or not', async () => {
  expect(isRunning(process.pid)).toBe(true);
  expect(isRunning(4194305)).toBe(false);
  // The shell becomes a `sleep`, which never asks for its children; only then is its child ended.
  const parent = spawn('sh', ['-c', 'sleep 30 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = await once(parent.stdout, 'data');
    await Deadline.in(5).poll('The shell becoming sleep', async () =>
      (await readFile(`/proc/${parent.pid}/comm`, 'utf8')) === 'sleep\n' ? true : undefined,
    );
    process.kill(Number(line));
    await Deadline.in(5).poll('The end of the process', () => (isRunning(Number(line)) ? undefined : true));
    expect(await readFile(`/proc/${Number(line)}/stat`, 'utf8')).toContain(') Z ');
  } finally {
    parent.kill();
  }
});
