import { copyFile, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { Deadline } from '../../../host/lib/deadline.ts';
import { Failure, machineFailure } from '../../../host/lib/failure.ts';
import { withLock } from '../../../host/lib/lock.ts';
import { cacheDirectory } from '../../../host/lib/paths.ts';
import type { Progress } from '../../../host/lib/progress.ts';
import { sha256 } from '../../../host/lib/sha256.ts';
import { withFolderBeside } from '../../../host/lib/temporary-folder.ts';
import { readMirrors } from '../../../host/toolbox/apt-sources.ts';
import { ensureHostPackages } from '../../../host/toolbox/host-packages.ts';
import type { Toolbox } from '../../../host/toolbox/toolbox.ts';
import type { Subject } from '../subject.ts';
import { makeDisk } from './disk.ts';
import { debianMemory, hostname } from './guest.ts';

/** A built yardstick. */
export interface DebianYardstick extends Subject {
  /** For people: `Debian 13.2, Linux 6.12.48+deb13-cloud-amd64`. */
  readonly description: string;
}

/** Change this when the same packages would give another disk. */
const recipe = 1;

/** The least that boots to a login: the kernel is the one that Debian builds for virtual machines, which starts faster. */
const packages = ['systemd-sysv', 'udev', 'kmod', 'initramfs-tools', 'zstd', 'linux-image-cloud-amd64'];

/** Debian's own `quiet`; systemd's lines stay, of which the first is the one that counts. */
const commandLine = 'rw console=ttyS0 quiet systemd.show_status=true';

/** Seconds that another process may take for the same. */
const patience = 1800;

/**
 * A minimal Debian trixie with systemd, built once by mmdebstrap and kept in the cache.
 * @throws Failure (3) where this machine cannot build it: no root, no mmdebstrap
 */
export async function debianYardstick(toolbox: Toolbox, progress: Progress): Promise<DebianYardstick> {
  const key = sha256(JSON.stringify([recipe, packages, commandLine])).slice(0, 16);
  const directory = join(cacheDirectory, 'yardstick', key);
  const description = () => readFile(join(directory, 'description'), 'utf8').catch(() => undefined);
  if ((await description()) === undefined) {
    const wait = (process: number) => progress.note(`Waiting for process ${process}, which builds the yardstick.`);
    await withLock(
      `${directory}.lock`,
      Deadline.in(patience),
      async () => {
        if ((await description()) === undefined) await build(toolbox, directory, progress);
      },
      wait,
    );
  }
  return {
    name: 'debian-systemd',
    disk: join(directory, 'disk.raw'),
    kernel: join(directory, 'vmlinuz'),
    init: /Welcome to [^\n]*Debian[^\n]*\n/,
    ready: new RegExp(`${hostname} login: `),
    memory: debianMemory,
    description: ((await description()) ?? '').trim(),
  };
}

async function build(toolbox: Toolbox, directory: string, progress: Progress): Promise<void> {
  // Files of a root file system belong to root and others: making them so needs to be root.
  if (process.getuid?.() !== 0) throw machineFailure('The Debian yardstick can only be built by root');
  await ensureHostPackages([{ program: 'mmdebstrap', package: 'mmdebstrap' }], 'The Debian yardstick', progress);
  await withFolderBeside(directory, async (folder) => {
    const tree = join(folder, 'tree');
    await progress.step('Building the yardstick, a minimal Debian', () => debootstrap(tree, folder), 60);
    await configure(tree);
    const finished = join(folder, 'finished');
    await mkdir(finished);
    const scratch = join(folder, 'scratch');
    await mkdir(scratch);
    await makeDisk(toolbox, tree, commandLine, scratch, join(finished, 'disk.raw'));
    await copyFile(join(tree, 'vmlinuz'), join(finished, 'vmlinuz'));
    const release = (await readFile(join(tree, 'etc/debian_version'), 'utf8')).trim();
    const kernel = basename(await readlink(join(tree, 'vmlinuz'))).replace('vmlinuz-', '');
    await writeFile(join(finished, 'description'), `Debian ${release}, Linux ${kernel}\n`);
    await rm(directory, { recursive: true, force: true });
    await rename(finished, directory);
  });
}

async function debootstrap(tree: string, scratch: string): Promise<void> {
  const mirrors = await readMirrors();
  const sources = join(scratch, 'sources.list');
  const lines = [
    `deb ${mirrors.debian} trixie main`,
    `deb ${mirrors.debian} trixie-updates main`,
    `deb ${mirrors['debian-security']} trixie-security main`,
  ];
  await writeFile(sources, `${lines.join('\n')}\n`);
  const words = [
    ...['--variant=minbase', '--format=directory', `--include=${packages.join(',')}`],
    ...['--aptopt=APT::Install-Recommends "false"', 'trixie', tree, sources],
  ];
  const result = await execa('mmdebstrap', words, { env: { LC_ALL: 'C' }, stdin: 'ignore', reject: false });
  if (!result.failed) return;
  const reason = result.stderr.split('\n').findLast((line) => line.startsWith('E: ')) ?? result.shortMessage ?? '';
  throw new Failure(`mmdebstrap could not make the Debian yardstick (${reason.replace('E: ', '')}): try again.`);
}

/** What an installer would do, and nothing that costs start-up time. */
async function configure(tree: string): Promise<void> {
  const at = (path: string) => join(tree, path);
  await writeFile(at('etc/hostname'), `${hostname}\n`);
  // With an identity it is a machine that has been started before: the first start does more.
  await writeFile(at('etc/machine-id'), `${'0123456789abcdef'.repeat(2)}\n`);
  const shadow = await readFile(at('etc/shadow'), 'utf8');
  await writeFile(at('etc/shadow'), shadow.replace(/^root:[^:]*:/m, 'root::'));
  // Without logind, systemd starts six terminals at once: one on the screen and one on the serial line are as we have it.
  await symlink('/dev/null', at('etc/systemd/system/getty-static.service'));
}
