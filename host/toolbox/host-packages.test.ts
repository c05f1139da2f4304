import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingPackages } from './host-packages.ts';

test('packages are missing whose program is not in the path or whose header is not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'panos-path-'));
  try {
    await writeFile(join(folder, 'here'), '');
    await chmod(join(folder, 'here'), 0o755);
    await writeFile(join(folder, 'not-executable'), '', { mode: 0o644 });
    const needs = [
      { program: 'here', package: 'a' },
      { program: 'not-executable', package: 'b' },
      { program: 'nowhere', package: 'c' },
      { header: 'no/such/header.h', package: 'd' },
    ];
    expect(await missingPackages(needs, `/nonexistent:${folder}`)).toEqual(['b', 'c', 'd']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
