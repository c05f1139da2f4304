import { access, constants, mkdir, readdir, readFile, statfs } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { chooseAcceleration } from '../../../harness/drivers/qemu/acceleration.ts';
import { qemuFromToolbox } from '../../../harness/drivers/qemu/toolbox-tools.ts';
import { buildDirectory, cacheDirectory } from '../../lib/paths.ts';
import { silent } from '../../lib/progress.ts';
import { readLock, setKey } from '../../toolbox/lock-file.ts';
import { openToolbox } from '../../toolbox/toolbox.ts';
import { type Finding, fine, limited, missing } from './finding.ts';

export async function processor(): Promise<Finding> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return missing(`${process.platform} on ${process.arch}`, 'the tools and the image are for Linux on x86-64');
  }
  const cores = availableParallelism();
  const value = `${cores} × ${cpus()[0]?.model.trim() ?? 'x86-64'}`;
  return cores >= 2 ? fine(value) : limited(value, 'a machine has two virtual processors: boot times will be far off');
}

/** Gibibytes that building and one machine take. */
const memoryNeeded = { least: 3, good: 6 };

export async function memory(): Promise<Finding> {
  const kibibytes = Number(/^MemAvailable:\s+(\d+)/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1] ?? 0);
  const available = kibibytes / 2 ** 20;
  const value = `${available.toFixed(1)} GiB available`;
  if (available < memoryNeeded.least) return missing(value, 'one machine takes 2 GiB: end something');
  return available < memoryNeeded.good ? limited(value, 'enough for one machine at a time') : fine(value);
}

/** Gibibytes: what the first build writes, and what it takes with some air. */
const space = {
  build: { directory: buildDirectory, least: 1.5, good: 4 },
  cache: { directory: cacheDirectory, least: 3, good: 6 },
} as const;

export async function diskSpace(of: keyof typeof space): Promise<Finding> {
  const { directory, least, good } = space[of];
  const { bavail, bsize } = await statfs(await nearestFolder(directory));
  const free = (bavail * bsize) / 2 ** 30;
  const value = `${free.toFixed(1)} GiB free in ${directory}`;
  const writable = await access(await nearestFolder(directory), constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable)
    return missing(`${directory} cannot be written`, 'change its owner, or set PANOS_CACHE to another one');
  if (free >= good) return fine(value);
  const advice = `the first build takes up to ${good} GiB: free some`;
  return free < least ? missing(value, advice) : limited(value, advice);
}

/** The folder, or the one above it that exists. */
async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await access(folder).then(
      () => true,
      () => false,
    );
    if (found || folder === dirname(folder)) return folder;
  }
}

export async function acceleration(): Promise<Finding> {
  if (!(await hasTools())) {
    const device = await access('/dev/kvm', constants.R_OK | constants.W_OK).catch(
      (error: NodeJS.ErrnoException) => error,
    );
    if (device === undefined)
      return limited('/dev/kvm is there', 'whether it works is tried when QEMU has been fetched');
    return limited('no KVM', device.code === 'ENOENT' ? withoutKvm : 'join the group kvm: sudo usermod -aG kvm $USER');
  }
  const tools = await qemuFromToolbox(await openToolbox(silent));
  await mkdir(cacheDirectory, { recursive: true });
  const choice = await chooseAcceleration('auto', tools);
  return choice.acceleration === 'kvm'
    ? fine(`KVM: ${choice.reason}`)
    : limited(`emulation: ${choice.reason}`, withoutKvm);
}

const withoutKvm = 'everything works under emulation, about ten times slower';

/** Whether the tools of the lock file are unpacked here, so that asking them downloads nothing. */
export async function hasTools(): Promise<boolean> {
  const key = setKey((await readLock()).sets.tools);
  const trees = await readdir(join(cacheDirectory, 'toolbox')).catch(() => []);
  return trees.some((name) => name.startsWith(`tools-${key}-`) && !name.endsWith('.lock'));
}
