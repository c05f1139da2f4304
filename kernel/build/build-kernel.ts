import { createHash } from 'node:crypto';
import { copyFile, glob, mkdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { writeFileAtomically } from '../../host/lib/atomic-file.ts';
import { Deadline } from '../../host/lib/deadline.ts';
import { Failure } from '../../host/lib/failure.ts';
import { withLock } from '../../host/lib/lock.ts';
import { cacheDirectory, repository } from '../../host/lib/paths.ts';
import type { Progress } from '../../host/lib/progress.ts';
import { withFolderBeside } from '../../host/lib/temporary-folder.ts';
import { ensureHostPackages, kernelBuildNeeds } from '../../host/toolbox/host-packages.ts';
import { openPackageTree, type PackageTree } from '../../host/toolbox/package-tree.ts';
import { explainLost } from './kconfig.ts';
import { make, mergeConfiguration, type Workplace } from './make.ts';
import { formatOptions, type KernelOptions, lostOptions, mergeFragments, parseOptions } from './options.ts';
import { noSpace, sourceDate, unpackSource } from './source.ts';

/** A built kernel in the cache. */
export interface Kernel {
  /** bzImage: also an EFI program (EFI stub). */
  readonly image: string;
  /** The complete configuration that it was built with. */
  readonly config: string;
  /** `6.12.117-panos`. */
  readonly version: string;
  /** Names everything that went into it. */
  readonly key: string;
  /** How long its build took, whenever that was. */
  readonly seconds: number;
}

/** Change this when the same inputs would give another kernel. */
const recipe = 1;

/** Seen with two processors: the guess for the first build on a machine. */
const firstGuess = { steps: 2900, seconds: 900 / availableParallelism() };

/** Bytes that source and objects take. */
const spaceNeeded = 3e9;

const cache = join(cacheDirectory, 'kernel');

/**
 * The kernel of `kernel/config`, from the cache or built. An interrupted build goes on where it stopped.
 * @throws Failure: lost options and compiler errors (1), missing programs (3).
 */
export async function buildKernel(progress: Progress): Promise<Kernel> {
  await ensureHostPackages(kernelBuildNeeds, 'Building the kernel', progress);
  const options = mergeFragments(await readFragments());
  const packages = await openPackageTree('kernel-source', progress);
  const compiler = await compilerVersion();
  const key = kernelKey(options, packages.key, compiler);
  const built = await readKernel(key);
  if (built !== undefined) return built;

  // Kernels that differ in their options only share a folder of objects: make then builds what the change touches.
  const work = join(cache, `work-${kernelKey(new Map(), packages.key, compiler)}`);
  const wait = (process: number) => progress.note(`Waiting for process ${process}, which builds a kernel.`);
  return withLock(
    `${work}.lock`,
    Deadline.in(4 * 3600),
    async () => (await readKernel(key)) ?? (await build(key, work, options, packages, progress)),
    wait,
  );
}

async function build(
  key: string,
  work: string,
  options: KernelOptions,
  packages: PackageTree,
  progress: Progress,
): Promise<Kernel> {
  const objects = join(work, 'objects');
  await mkdir(objects, { recursive: true });
  await checkSpace(work);
  await rm(join(work, 'build.log'), { force: true });
  const source = join(work, 'source');
  await unpackSource(packages, source, progress);
  const place = { source, objects, log: join(work, 'build.log'), date: await sourceDate(source) };

  await progress.step('Configuring the kernel', () => configure(place, options), 15);
  const expected = await lastBuild();
  const start = performance.now();
  const steps = await progress.step(
    'Building the kernel',
    async (report) => {
      let done = 0;
      await make(place, ['bzImage'], (line) => {
        done += 1;
        report(`${Math.min(99, Math.floor((100 * done) / expected.steps))} %, ${line}`);
      });
      return done;
    },
    expected.seconds,
  );
  const seconds = Math.round((performance.now() - start) / 1000);
  // A build that found most objects made says nothing about a whole one.
  if (steps > expected.steps / 2)
    await writeFileAtomically(join(cache, 'last-build.json'), JSON.stringify({ steps, seconds }));
  const kernel = await install(key, place, seconds);
  // It comes back from the archive with the same dates, so the objects stay good.
  await rm(source, { recursive: true, force: true });
  return kernel;
}

/** @throws Failure naming every requested option that did not survive. */
async function configure(place: Workplace, options: KernelOptions): Promise<void> {
  const requested = join(place.objects, 'requested.config');
  await writeFile(requested, formatOptions(options));
  await make(place, ['allnoconfig'], () => {});
  await mergeConfiguration(place, [requested]);
  await make(place, ['olddefconfig'], () => {});
  const path = join(place.objects, '.config');
  const final = parseOptions(await readFile(path, 'utf8'), path);
  const lost = lostOptions(options, final);
  if (lost.length === 0) return;
  const reasons = await explainLost(lost, final, place.source);
  throw new Failure(
    `${lost.length} kernel options of kernel/config did not survive; set what they depend on or take them out:\n  ${reasons.join('\n  ')}`,
  );
}

/** Moves the products to their final name in one step: there is never half a kernel in the cache. */
async function install(key: string, place: Workplace, seconds: number): Promise<Kernel> {
  const target = join(cache, key);
  await withFolderBeside(target, async (folder) => {
    await copyFile(join(place.objects, 'arch/x86/boot/bzImage'), join(folder, 'bzImage'));
    await copyFile(join(place.objects, '.config'), join(folder, 'config'));
    await copyFile(join(place.objects, 'System.map'), join(folder, 'System.map'));
    const release = await readFile(join(place.objects, 'include/config/kernel.release'), 'utf8');
    await writeFile(join(folder, 'facts.json'), JSON.stringify({ version: release.trim(), seconds }));
    await rm(target, { recursive: true, force: true });
    await rename(folder, target);
  });
  const kernel = await readKernel(key);
  if (kernel === undefined) throw new Error(`${target} was just written and cannot be read`);
  return kernel;
}

async function readKernel(key: string): Promise<Kernel | undefined> {
  const folder = join(cache, key);
  const text = await readFile(join(folder, 'facts.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { version, seconds } = JSON.parse(text) as { version: string; seconds: number };
  return { image: join(folder, 'bzImage'), config: join(folder, 'config'), version, key, seconds };
}

/** Comments and the order of options do not count. */
export function kernelKey(options: KernelOptions, source: string, compiler: string): string {
  const content = JSON.stringify([recipe, source, compiler, formatOptions(options)]);
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** All `kernel/config/*.config`, by name. */
export async function readFragments(): Promise<{ path: string; text: string }[]> {
  const folder = join(repository, 'kernel/config');
  const paths: string[] = [];
  for await (const name of glob('*.config', { cwd: folder })) paths.push(join(folder, name));
  return Promise.all(
    paths.sort().map(async (path) => ({ path: `kernel/config/${basename(path)}`, text: await readFile(path, 'utf8') })),
  );
}

async function compilerVersion(): Promise<string> {
  const lines = await Promise.all(
    ['gcc', 'ld'].map(async (program) => (await execa(program, ['--version'], { env: { LC_ALL: 'C' } })).stdout),
  );
  return lines.map((text) => text.split('\n')[0]).join('; ');
}

async function lastBuild(): Promise<{ steps: number; seconds: number }> {
  const text = await readFile(join(cache, 'last-build.json'), 'utf8').catch(() => undefined);
  return text === undefined ? firstGuess : (JSON.parse(text) as typeof firstGuess);
}

async function checkSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < spaceNeeded) throw noSpace(folder);
}
