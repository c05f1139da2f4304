import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withFolderBeside } from './temporary-folder.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'panos-beside-'));
});
afterEach(() => rm(parent, { recursive: true }));

test('a finished file takes its name and the folder goes, also when the work fails', async () => {
  const target = join(parent, 'deep', 'disk.img');
  await withFolderBeside(target, async (folder) => {
    await writeFile(join(folder, 'disk.img'), 'content');
    await rename(join(folder, 'disk.img'), target);
  });
  await expect(withFolderBeside(target, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(join(parent, 'deep'))).toEqual(['disk.img']);
});

test('the folder itself may become the target', async () => {
  const target = join(parent, 'tree');
  await withFolderBeside(target, (folder) => rename(folder, target));
  expect(await readdir(parent)).toEqual(['tree']);
});

test('folders of dead processes for the same target are removed, no others', async () => {
  for (const name of ['.tree-4194305-abc', `.tree-${process.pid}-abc`, '.tree2-4194305-abc', '.tree-x']) {
    await mkdir(join(parent, name));
  }
  await withFolderBeside(join(parent, 'tree'), async () => {});
  expect((await readdir(parent)).sort()).toEqual([`.tree-${process.pid}-abc`, '.tree-x', '.tree2-4194305-abc']);
});
