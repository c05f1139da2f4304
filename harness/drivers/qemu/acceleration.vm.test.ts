import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseAcceleration, trialGuestRuns } from './acceleration.ts';
import { accelerators } from './devices.ts';
import { toolsForTests } from './tools-for-tests.ts';

const tools = await toolsForTests();
let cache: string;
let device: string;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'panos-lab-'));
  device = join(cache, 'kvm');
  await writeFile(device, '');
});
afterAll(() => rm(cache, { recursive: true, force: true }));

/** A "QEMU" that says its version and then hangs, as one does whose guests never run. */
const hanging = {
  ...tools,
  command: [
    process.execPath,
    '--eval',
    'process.argv.includes("--version") ? console.log("version 9.9.9") : setInterval(() => {}, 1000)',
    '--',
  ],
};

test('the trial guest passes where guests run', async () => {
  expect(await trialGuestRuns(tools, accelerators.tcg)).toBe(true);
});

test('a hanging accelerator costs two seconds, once', async () => {
  const start = performance.now();
  const choice = await chooseAcceleration('auto', hanging, { cache, device });
  expect(choice).toEqual({ acceleration: 'tcg', reason: 'a trial guest under KVM printed nothing within two seconds' });
  const middle = performance.now();
  expect(middle - start).toBeLessThan(4000);
  await expect(chooseAcceleration('kvm', hanging, { cache, device })).rejects.toMatchObject({ status: 3 });
  expect(performance.now() - middle).toBeLessThan(1000);
  expect(JSON.parse(await readFile(join(cache, 'acceleration.json'), 'utf8'))).toMatchObject({
    qemu: '9.9.9',
    works: false,
  });
});

test('without the device there is nothing to try', async () => {
  expect(await chooseAcceleration('auto', hanging, { cache, device: '/nowhere/kvm' })).toEqual({
    acceleration: 'tcg',
    reason: 'there is no /nowhere/kvm',
  });
  expect(await chooseAcceleration('tcg', hanging, { cache, device })).toMatchObject({ acceleration: 'tcg' });
});
