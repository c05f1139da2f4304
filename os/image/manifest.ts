import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { repository } from '../../host/lib/paths.ts';
import { silent } from '../../host/lib/progress.ts';
import type { PackageTree } from '../../host/toolbox/package-tree.ts';
import { openPackageTree } from '../../host/toolbox/package-tree.ts';
import type { RootFile } from './root-file-system.ts';
import { plainLicence } from './sbom/licence.ts';
import { debianPackage, npmPackage, type PackageFacts } from './sbom/packages.ts';
import { digestFile, type ImageFile, spdxDocument } from './sbom/spdx.ts';

/** What the bill of materials is about. */
export interface ManifestInput {
  readonly version: string;
  /** Stands for "now". */
  readonly date: Date;
  readonly runtime: PackageTree;
  readonly files: readonly RootFile[];
  /** The kernel's file on the host. */
  readonly kernel: string;
}

/** The bill of materials as the text of an SPDX 2.3 JSON document: every file, its package, licence and hash. */
export async function manifest({ version, date, runtime, files, kernel }: ManifestInput): Promise<string> {
  const packages = new Map<string, Promise<PackageFacts>>();
  const source = await openPackageTree('kernel-source', silent);
  const factsOf = (origin: string): Promise<PackageFacts> => {
    const known = packages.get(origin) ?? facts(origin, version, [runtime, source]);
    packages.set(origin, known);
    return known;
  };
  const all: RootFile[] = [
    ...files,
    { path: '/boot/EFI/BOOT/BOOTX64.EFI', content: { file: kernel }, executable: false, origin: 'linux-source-6.12' },
  ];
  const listed = await Promise.all(
    all.map(async ({ path, content, origin }): Promise<ImageFile> => {
      const digests = 'file' in content ? await digestFile(content.file) : digestBytes(content.bytes);
      return { path, ...digests, package: await factsOf(origin) };
    }),
  );
  return `${JSON.stringify(spdxDocument({ name: 'PanoramicData.Os', version, date, files: listed }), null, 1)}\n`;
}

async function facts(origin: string, version: string, trees: readonly PackageTree[]): Promise<PackageFacts> {
  if (origin === 'panos') return { name: 'panoramicdata-os', version, licence: plainLicence('MIT') };
  for (const tree of trees) {
    const locked = tree.packages.find(({ name }) => name === origin);
    if (locked) return debianPackage(tree, locked);
  }
  return npmPackage(join(repository, 'node_modules', origin));
}

const digestBytes = (bytes: Buffer): { sha1: string; sha256: string } => ({
  sha1: createHash('sha1').update(bytes).digest('hex'),
  sha256: createHash('sha256').update(bytes).digest('hex'),
});
