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
  lab: {
    requested: [
      'dnsmasq-base',
      'iperf3',
      'iproute2',
      'iputils-ping',
      'ndisc6',
      'nginx',
      'nmap',
      'openssl',
      'python3-minimal',
      'python3-scapy',
      'radvd',
      'thc-ipv6',
      'tshark',
      'unbound',
    ],
    dependencies: true,
  },
  runtime: { requested: ['libatomic1', 'libc6', 'libgcc-s1', 'libstdc++6'], dependencies: true },
  'kernel-source': { requested: ['linux-source-6.12'], dependencies: false },
};

/**
 * Writes the lock file anew with the current versions of everything. The same indexes give the same bytes.
 * @param only renew this set alone: the others, and the date that stands for "now", stay as they are in `previous`, so
 *   that nothing which was built from them has to be built again.
 * @returns one line for each package that changed.
 */
export async function renewLock(progress: Progress, previous?: PackageLock, only?: SetName): Promise<string[]> {
  const kept = only === undefined ? undefined : previous;
  const directory = join(cacheDirectory, 'apt');
  const lock = await withLock(join(directory, 'lock'), Deadline.in(600), async () => {
    const apt = await isolatedApt(directory, await readMirrors());
    await progress.step('Fetching the package indexes of Debian trixie', () => apt.update());
    const resolve = async (name: SetName) =>
      kept !== undefined && name !== only
        ? kept.sets[name]
        : await apt.resolve(wanted[name].requested, wanted[name].dependencies);
    const sets = {
      tools: await resolve('tools'),
      lab: await resolve('lab'),
      runtime: await resolve('runtime'),
      'kernel-source': await resolve('kernel-source'),
    };
    return { release: 'trixie' as const, date: kept?.date ?? (await apt.published()).toISOString(), sets };
  });
  await writeFileAtomically(lockPath, formatLock(lock));
  return previous === undefined ? [] : changes(previous, lock);
}

/** What a renewal changed, for people. */
export function changes(before: PackageLock, after: PackageLock): string[] {
  // A package may be in several sets, and in one of them alone be renewed.
  const versions = (lock: PackageLock) => {
    const found = new Map<string, Set<string>>();
    for (const { name, version } of Object.values(lock.sets).flat()) {
      found.set(name, (found.get(name) ?? new Set()).add(version));
    }
    return new Map([...found].map(([name, several]) => [name, [...several].sort().join(', ')]));
  };
  const old = versions(before);
  const now = versions(after);
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [from, to] = [old.get(name), now.get(name)];
    if (from === to) return [];
    if (from === undefined) return [`${name} ${to} is new`];
    return [to === undefined ? `${name} ${from} is no longer needed` : `${name} ${from} → ${to}`];
  });
}
