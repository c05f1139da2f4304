import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { withCodeCaches } from './code-cache.ts';

/** Says whether its own cache was taken: V8 tells only whoever compiles, so it compiles itself once more. */
const service = `const {Script} = require('node:vm'); const {readFileSync} = require('node:fs');
const code = __filename.replace(/[.]js$/, '') + '.code';
const again = new Script(readFileSync(code + '.js', 'latin1'), { filename: code + '.js', cachedData: readFileSync(code + '.cache') });
import('node:os').then(({ EOL }) => console.log(JSON.stringify([again.cachedDataRejected, EOL, typeof module])));`;

it('makes the same files of the same code, and node takes the cache with the flags of a service', async () => {
  const bundles = [{ path: '/usr/lib/panos/example.js', code: Buffer.from(service) }];
  const files = await withCodeCaches(bundles);
  expect(await withCodeCaches(bundles)).toEqual(files);
  const folder = await mkdtemp(join(tmpdir(), 'panos-code-test-'));
  try {
    for (const { path, code } of files) await writeFile(join(folder, basename(path)), code);
    await writeFile(join(folder, 'package.json'), '{"type":"commonjs"}');
    const flags = ['--disable-warning=ExperimentalWarning', '--v8-pool-size=1'];
    const { stdout } = await execa(process.execPath, [...flags, join(folder, 'example.js')]);
    expect(JSON.parse(stdout)).toEqual([false, '\n', 'object']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
