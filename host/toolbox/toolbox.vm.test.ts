import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Failure } from '../lib/failure.ts';
import { silent } from '../lib/progress.ts';
import { openPackageTree } from './package-tree.ts';
import { openToolbox, type Toolbox } from './toolbox.ts';

let toolbox: Toolbox;
let folder: string;
beforeAll(async () => {
  toolbox = await openToolbox(silent);
  folder = await mkdtemp(join(tmpdir(), 'panos-toolbox-'));
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

test('programs find their libraries, modules, character sets and data', async () => {
  const options = { cwd: folder };
  await writeFile(join(folder, 'naïve.txt'), 'content');
  await toolbox.run('mkfs.fat', ['-C', 'fat', '4096'], options);
  await toolbox.run('mcopy', ['-i', 'fat', 'naïve.txt', '::/A.TXT'], options);
  expect((await toolbox.run('mtype', ['-i', 'fat', '::/A.TXT'], options)).stdout).toBe('content');
  const modules = toolbox.path('usr/lib/grub/i386-pc');
  await toolbox.run('grub-mkimage', ['-d', modules, '-O', 'i386-pc', '-o', 'core', '-p', '/', 'part_gpt'], options);
  expect((await readFile(join(folder, 'core'))).length).toBeGreaterThan(10_000);
  const devices = await toolbox.run('qemu-system-x86_64', ['-M', 'q35', '-device', 'virtio-gpu-pci,help']);
  expect(devices.stdout).toContain('virtio-gpu-pci options');
});

test('a tool that fails is told with its reason, and a tool that is not there is an error', async () => {
  const failure = await toolbox.run('qemu-img', ['info', join(folder, 'nothing')]).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Failure);
  expect((failure as Error).message).toContain('No such file or directory');
  await expect(toolbox.run('no-such-tool', [])).rejects.toThrow('The toolbox has no no-such-tool');
});

test('the runtime set knows which package brought a file', async () => {
  const runtime = await openPackageTree('runtime', silent);
  expect(runtime.owner('/usr/lib/x86_64-linux-gnu/libc.so.6')?.name).toBe('libc6');
  expect(runtime.owner('/usr/bin/nothing')).toBeUndefined();
});
