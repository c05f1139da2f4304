import { access, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../../host/lib/failure.ts';
import type { Progress } from '../../host/lib/progress.ts';
import type { PackageTree } from '../../host/toolbox/package-tree.ts';

/** The archive inside Debian's kernel source package. */
const tarball = 'usr/src/linux-source-6.12.tar.xz';

/** Unpacks the kernel's source to `target`, which appears whole or not at all. */
export async function unpackSource(packages: PackageTree, target: string, progress: Progress): Promise<void> {
  if (
    await access(target).then(
      () => true,
      () => false,
    )
  )
    return;
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await progress.step(
    'Unpacking the kernel source',
    async () => {
      const archive = join(packages.root, tarball);
      const args = ['--extract', '--xz', `--file=${archive}`, `--directory=${partial}`, '--strip-components=1'];
      const result = await execa('tar', [...args, '--no-same-owner'], { env: { LC_ALL: 'C' }, reject: false });
      if (result.failed) {
        if (/No space left/.test(result.stderr)) throw noSpace(dirname(target));
        throw new Failure(
          `tar could not unpack ${archive} (${result.stderr.split('\n')[0]}): delete it and try again.`,
        );
      }
    },
    20,
  );
  await rename(partial, target);
}

export const noSpace = (folder: string): Failure =>
  new Failure(
    `Building the kernel needs 3 GB of free space in ${folder}: make some, or set PANOS_CACHE to another folder.`,
  );

/**
 * When Debian finished this source, from the archive itself: kernels of the same source then carry the same date,
 * whatever else a lock file changes.
 */
export async function sourceDate(source: string): Promise<Date> {
  return (await stat(join(source, 'Makefile'))).mtime;
}
