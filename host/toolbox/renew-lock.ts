import { join } from 'node:path';
import { writeFileAtomically } from '../lib/atomic-file.ts';
import { Deadline } from '../lib/deadline.ts';
import { withLock } from '../lib/lock.ts';
import { cacheDirectory } from '../lib/paths.ts';
import type { Progress } from '../lib/progress.ts';
import { readMirrors } from './apt-sources.ts';
import { isolatedApt } from './isolated-apt.ts';
import { formatLock, lockPath, type PackageLock, type SetName } from './lock-file.ts';

/** What each set of the lock file is made from. Dependencies are added where they can be used. */
export const wanted: Readonly<Record<SetName, { requested: readonly string[]; dependencies: boolean }>> = {
  tools: {
    requested: [
      '7zip',
      'dosfstools',
      'e2fsprogs',
      'erofs-utils',
      'grub-common',
      'grub-efi-amd64-bin',
      'grub-pc-bin',
      'mtools',
      'ovmf',
      'qemu-system-x86',
      'qemu-utils',
      'seabios',
      'xorriso',
      'zstd',
    ],
    dependencies: true,
  },
  runtime: { requested: ['libatomic1', 'libc6', 'libgcc-s1', 'libstdc++6'], dependencies: true },
  'kernel-source': { requested: ['linux-source-6.12'], dependencies: false },
};

/**
 * Writes the lock file anew with the current versions of everything. The same indexes give the same bytes.
 * @returns one line for each package that changed.
 */
export async function renewLock(progress: Progress, previous?: PackageLock): Promise<string[]> {
  const directory = join(cacheDirectory, 'apt');
  const lock = await withLock(join(directory, 'lock'), Deadline.in(600), async () => {
    const apt = await isolatedApt(directory, await readMirrors());
    await progress.step('Fetching the package indexes of Debian trixie', () => apt.update());
    const resolve = (name: SetName) => apt.resolve(wanted[name].requested, wanted[name].dependencies);
    const sets = {
      tools: await resolve('tools'),
      runtime: await resolve('runtime'),
      'kernel-source': await resolve('kernel-source'),
    };
    return { release: 'trixie' as const, date: (await apt.published()).toISOString(), sets };
  });
  await writeFileAtomically(lockPath, formatLock(lock));
  return previous === undefined ? [] : changes(previous, lock);
}

/** What a renewal changed, for people. */
export function changes(before: PackageLock, after: PackageLock): string[] {
  const versions = (lock: PackageLock) =>
    new Map(Object.values(lock.sets).flatMap((set) => set.map((one) => [one.name, one.version] as const)));
  const old = versions(before);
  const now = versions(after);
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [from, to] = [old.get(name), now.get(name)];
    if (from === to) return [];
    if (from === undefined) return [`${name} ${to} is new`];
    return [to === undefined ? `${name} ${from} is no longer needed` : `${name} ${from} → ${to}`];
  });
}
