import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Deadline } from '../../lib/deadline.ts';
import { isRunning } from '../../lib/lock.ts';
import { runProcess } from './run-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'panos-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A program that starts another one, writes both process ids, and goes on for ever. */
const parent = (file: string): string => `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  require('node:fs').writeFileSync(${JSON.stringify(file)}, process.pid + ' ' + child.pid);
  setInterval(() => {}, 1000);
`;

const idsIn = (file: string): Promise<number[]> =>
  Deadline.in(8).poll('The start of the programs', async () => {
    const ids = (await readFile(file, 'utf8').catch(() => '')).split(' ').map(Number);
    return ids.length === 2 ? ids : undefined;
  });

const allGone = (ids: readonly number[]): Promise<boolean> =>
  Deadline.in(8).poll('The end of the programs', () => (ids.some(lives) ? undefined : true));

/** Not counting what is dead and only waits for its parent to notice. */
const lives = (id: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, 'utf8'));
  } catch {
    return false;
  }
};

test('output goes to the log, and the exit status comes back', async () => {
  const log = join(folder, 'log');
  const status = await runProcess(['-e', 'console.log("out"); console.error("err"); process.exit(7)'], {
    directory: folder,
    environment: {},
    log,
  });
  expect(status).toBe(7);
  expect((await readFile(log, 'utf8')).split('\n').sort()).toEqual(['', 'err', 'out']);
});

test('what a program leaves behind ends with it', async () => {
  const file = join(folder, 'ids');
  const program = `${parent(file)} setTimeout(() => process.exit(0), 100);`;
  await runProcess(['-e', program], { directory: folder, environment: {}, log: join(folder, 'log') });
  await allGone(await idsIn(file));
});

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`nothing outlives the one who ran it after ${signal}`, async () => {
    const file = join(folder, 'ids');
    const runner = `
      import { runProcess } from ${JSON.stringify(join(import.meta.dirname, 'run-process.ts'))};
      process.on('SIGINT', () => process.exit(130));
      await runProcess(['-e', ${JSON.stringify(parent(file))}], {
        directory: ${JSON.stringify(folder)}, environment: {}, log: ${JSON.stringify(join(folder, 'log'))},
      });
    `;
    const process_ = spawn(process.execPath, ['--input-type=module-typescript', '-e', runner], { stdio: 'ignore' });
    const ids = await idsIn(file);
    process_.kill(signal);
    // After SIGKILL nobody is left to kill the group: the kernel ends the program itself, and it is the lab's own
    // promise that its machines die with the program.
    await allGone(signal === 'SIGKILL' ? ids.slice(0, 1) : ids);
    for (const id of ids) if (isRunning(id)) process.kill(id, 'SIGKILL');
  });
}
