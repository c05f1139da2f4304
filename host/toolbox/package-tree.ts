import { createHash } from 'node:crypto';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../lib/atomic-file.ts';
import { Deadline } from '../lib/deadline.ts';
import { Failure } from '../lib/failure.ts';
import { withLock } from '../lib/lock.ts';
import { cacheDirectory } from '../lib/paths.ts';
import type { Progress } from '../lib/progress.ts';
import { readMirrors } from './apt-sources.ts';
import { download } from './download.ts';
import { extract, type Owners } from './extract.ts';
import { isolatedApt } from './isolated-apt.ts';
import { type LockedPackage, readLock, type SetName, setKey } from './lock-file.ts';

/** A set of packages, unpacked and ready to read. */
export interface PackageTree {
  /** Names the content: the same packages have the same key on every machine. */
  readonly key: string;
  /** The tree's root folder; read-only by convention, since other checkouts share it. */
  readonly root: string;
  readonly packages: readonly LockedPackage[];
  /** The package that brought the file at this absolute path in the tree. */
  owner(path: string): LockedPackage | undefined;
  /** When the lock's indexes were published: "now" for everything built from the tree. */
  readonly date: Date;
}

/** Change this when a tree of the same packages would be laid out differently. */
const layout = 1;

/** Seconds that another process may take to download and unpack the same set. */
const patience = 3600;

/**
 * Downloads, verifies and unpacks a set of the lock file, once: later calls find it in the cache.
 * @throws Failure: see {@link download} and {@link extract}.
 */
export async function openPackageTree(name: SetName, progress: Progress): Promise<PackageTree> {
  const lock = await readLock();
  const locked = lock.sets[name];
  const packages = await substituted(locked, progress);
  const target = treePath(name, packages);
  if (!(await exists(target))) {
    const wait = (process: number) => progress.note(`Waiting for process ${process}, which unpacks the same packages.`);
    await withLock(`${target}.lock`, Deadline.in(patience), () => fill(name, locked, packages, progress), wait);
    // The mirror may have forced other versions, which have another key.
    if (!(await exists(target))) return openPackageTree(name, progress);
  }
  const owners = JSON.parse(await readFile(join(target, 'owners.json'), 'utf8')) as Owners;
  const byName = new Map(packages.map((one) => [one.name, one]));
  return {
    key: setKey(packages),
    root: join(target, 'root'),
    packages,
    owner: (path) => byName.get(owners[path] ?? ''),
    date: new Date(lock.date),
  };
}

const treePath = (name: SetName, packages: readonly LockedPackage[]): string =>
  join(cacheDirectory, 'toolbox', `${name}-${setKey(packages)}-${layout}`);

async function fill(
  name: SetName,
  locked: readonly LockedPackage[],
  packages: readonly LockedPackage[],
  progress: Progress,
): Promise<void> {
  const target = treePath(name, packages);
  if (await exists(target)) return;
  // Another process may have found out meanwhile that the mirror has other versions.
  if (packages === locked && (await exists(substitutionPath(locked)))) return;
  const downloads = join(cacheDirectory, 'packages');
  const mirrors = await readMirrors();
  const gone = await download(packages, downloads, mirrors, progress);
  if (gone.length === 0) return extract(packages, downloads, target, progress);

  const names = gone.map((one) => one.name);
  const current = await progress.step(`Looking for current versions of ${names.join(', ')}`, async () => {
    const directory = join(cacheDirectory, 'apt');
    return withLock(join(directory, 'lock'), Deadline.in(600), async () => {
      const apt = await isolatedApt(directory, mirrors);
      await apt.update();
      return apt.resolve(names, false);
    });
  });
  const unchanged = gone.find((one) => current.some((now) => now.sha256 === one.sha256));
  if (unchanged !== undefined) {
    throw new Failure(
      `The mirror lists ${unchanged.path} but does not have it: try again later, or set PANOS_DEBIAN_MIRROR to another mirror.`,
    );
  }
  const replacements = new Map(current.map((one) => [one.name, one]));
  const next = packages.map((one) => replacements.get(one.name) ?? one);
  await mkdir(join(cacheDirectory, 'toolbox'), { recursive: true });
  await writeFileAtomically(substitutionPath(locked), JSON.stringify(next));
}

/** Which newer packages stand in for those of a lock that the mirror no longer serves. */
const substitutionPath = (locked: readonly LockedPackage[]): string => {
  const key = createHash('sha256').update(JSON.stringify(locked)).digest('hex').slice(0, 16);
  return join(cacheDirectory, 'toolbox', `instead-of-${key}.json`);
};

async function substituted(locked: readonly LockedPackage[], progress: Progress): Promise<readonly LockedPackage[]> {
  const text = await readFile(substitutionPath(locked), 'utf8').catch(() => undefined);
  if (text === undefined) return locked;
  const packages = JSON.parse(text) as LockedPackage[];
  const known = new Set(locked.map((one) => one.sha256));
  const newer = packages.filter((one) => !known.has(one.sha256)).map((one) => `${one.name} ${one.version}`);
  progress.note(
    `NOTE: the lock file is stale. The mirror no longer has some of its packages; in their place, checked against ` +
      `Debian's signed index: ${newer.join(', ')}. What is built differs from other machines until ./panos lock is run.`,
  );
  return packages;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
