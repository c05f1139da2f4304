import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedPackage } from '../../../host/toolbox/lock-file.ts';
import type { PackageTree } from '../../../host/toolbox/package-tree.ts';
import { readDebianLicence } from './debian-licence.ts';
import { type Licence, plainLicence } from './licence.ts';

/** Where files of the image come from. */
export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  /** Package URL (purl specification); nothing for what is made here. */
  readonly source?: string;
  readonly licence: Licence;
  /** An organisation's name. */
  readonly supplier?: string;
}

/** A Debian package of `tree`. */
export async function debianPackage(tree: PackageTree, locked: LockedPackage): Promise<PackageFacts> {
  const { name, version, architecture } = locked;
  return {
    name,
    version,
    source: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=trixie`,
    licence: await readDebianLicence(tree, name),
    supplier: 'Debian',
  };
}

/** An installed npm package, by its folder. */
export async function npmPackage(folder: string): Promise<PackageFacts> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  const { name, version, license } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string') throw new Error(`${folder} is no npm package`);
  return {
    name,
    version,
    source: `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`,
    licence: plainLicence(typeof license === 'string' && license !== 'UNLICENSED' ? license : 'NOASSERTION'),
  };
}
