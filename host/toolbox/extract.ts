import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure, machineFailure } from '../lib/failure.ts';
import type { Progress } from '../lib/progress.ts';
import { withFolderBeside } from '../lib/temporary-folder.ts';
import { checkHash, packagePath } from './download.ts';
import type { LockedPackage } from './lock-file.ts';

/** Which package brought a file: absolute path in the tree to package name. Written beside the tree. */
export type Owners = Readonly<Record<string, string>>;

/**
 * Unpacks packages over one another into `<target>/root`, with `<target>/owners.json` beside it. `target` appears
 * whole or not at all. Nothing of a package is run.
 */
export async function extract(
  packages: readonly LockedPackage[],
  downloads: string,
  target: string,
  progress: Progress,
): Promise<void> {
  await withFolderBeside(target, async (folder) => {
    const root = join(folder, 'root');
    await mkdir(root);
    const owners: Record<string, string> = {};
    await progress.step(`Unpacking ${packages.length} Debian packages`, async (report) => {
      for (const [index, one] of packages.entries()) {
        report(`${index + 1} of ${packages.length}: ${one.name}`);
        for (const path of await extractOne(one, downloads, root)) owners[path] = one.name;
      }
    });
    await writeFile(join(folder, 'owners.json'), JSON.stringify(owners));
    await rename(folder, target);
  });
}

async function extractOne(one: LockedPackage, downloads: string, root: string): Promise<string[]> {
  const archive = packagePath(downloads, one);
  await checkHash(archive, one.sha256, archive);
  const result = await execa('dpkg-deb', ['--vextract', archive, root], { env: { LC_ALL: 'C' }, reject: false });
  if (result.code === 'ENOENT') throw machineFailure('dpkg-deb is missing: install the package dpkg.');
  if (result.failed) {
    if (/No space left/.test(result.stderr)) {
      throw new Failure(`There is no space to unpack ${one.name} in ${root}: make some and try again.`);
    }
    throw new Failure(`dpkg-deb could not unpack ${one.name} (${result.stderr.split('\n')[0]}): try again.`);
  }
  return parseListing(result.stdout);
}

/** Files and links of `dpkg-deb --vextract`'s listing, as absolute paths; folders end in a slash and belong to many. */
export function parseListing(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('./') && !line.endsWith('/'))
    .map((line) => line.slice(1));
}
