import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MachineSpec } from '../../machine/contract.ts';
import { NameClaim } from './claim.ts';
import { identify, isAlive } from './host-process.ts';

let runtime: string;
beforeEach(async () => {
  runtime = await mkdtemp(join(tmpdir(), 'panos-claim-'));
});
afterEach(() => rm(runtime, { recursive: true, force: true }));

const spec = (name: string) => ({ name, directory: '/nowhere' }) as MachineSpec;

/** A process that sleeps, and its identity. */
async function sleeper() {
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const identity = await identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('the sleeper did not start');
  return { identity, end: () => child.kill('SIGKILL') };
}

/** A claim as another process would have left it. */
async function leave(name: string, record: object): Promise<void> {
  await mkdir(join(runtime, name));
  await writeFile(
    join(runtime, name, 'machine.json'),
    JSON.stringify({ spec: spec(name), detached: false, ...record }),
  );
}

const dead = { pid: process.pid, startTime: '1' };

test('of many who ask at once, one gets the name', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => NameClaim.take(runtime, spec('one'), false)),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(runtime)).toEqual(['one']);
});

test('a released name is free, and released once only', async () => {
  const first = await NameClaim.take(runtime, spec('one'), false);
  await first.release();
  await NameClaim.take(runtime, spec('one'), false);
  await first.release();
  await expect(NameClaim.take(runtime, spec('one'), false)).rejects.toThrow(/in use already/);
});

test('a dead owner loses the name, and the machine it left behind is ended', async () => {
  const qemu = await sleeper();
  await leave('one', { owner: dead, hypervisor: qemu.identity });
  await NameClaim.take(runtime, spec('one'), false);
  for (let look = 0; look < 100 && (await isAlive(qemu.identity)); look++)
    await new Promise((done) => setTimeout(done, 10));
  expect(await isAlive(qemu.identity)).toBe(false);
});

test('a detached machine keeps its name while it lives, not its owner', async () => {
  const qemu = await sleeper();
  await leave('one', { owner: dead, hypervisor: qemu.identity, detached: true });
  await expect(NameClaim.take(runtime, spec('one'), false)).rejects.toThrow(String(qemu.identity.pid));
  await NameClaim.removeStale(runtime, 'one');
  expect(await NameClaim.read(runtime, 'one')).toMatchObject({ hypervisor: qemu.identity });
  expect(await isAlive(qemu.identity)).toBe(true);
  qemu.end();
});

test("a claim that cannot be read is nobody's", async () => {
  await mkdir(join(runtime, 'one'));
  await writeFile(join(runtime, 'one', 'machine.json'), '{"owner":');
  await NameClaim.take(runtime, spec('one'), false);
  expect(await NameClaim.names(runtime)).toEqual(['one']);
});

test.each(['', 'Upper', '-dash', 'a/b', '..', 'x'.repeat(100)])('%j is refused as a name', async (name) => {
  await expect(NameClaim.take(runtime, spec(name), false)).rejects.toMatchObject({ status: 2 });
});
