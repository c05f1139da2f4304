import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { sha256 } from '../../../host/lib/sha256.ts';
import type { PackageFacts } from './packages.ts';

/** A file of the image. SPDX demands SHA-1 of each; SHA-256 is what to trust. */
export interface ImageFile {
  /** Absolute path in the image. */
  readonly path: string;
  readonly sha1: string;
  readonly sha256: string;
  readonly package: PackageFacts;
}

export interface SbomInput {
  readonly name: string;
  readonly version: string;
  /** Stands for "now". */
  readonly date: Date;
  readonly files: readonly ImageFile[];
}

/** Both digests of a file, for {@link ImageFile}. */
export async function digestFile(path: string): Promise<{ sha1: string; sha256: string }> {
  const hashes = { sha1: createHash('sha1'), sha256: createHash('sha256') };
  await pipeline(createReadStream(path), async (chunks) => {
    for await (const chunk of chunks) {
      hashes.sha1.update(chunk);
      hashes.sha256.update(chunk);
    }
  });
  return { sha1: hashes.sha1.digest('hex'), sha256: hashes.sha256.digest('hex') };
}

const document = 'SPDXRef-DOCUMENT';
const image = 'SPDXRef-Image';

/**
 * The bill of materials of an image as an SPDX 2.3 document, to be written as JSON. The order of `files` does not
 * matter; the same content gives the same document.
 * @throws Error when two files have one path, or one package is described in two ways.
 */
export function spdxDocument(input: SbomInput): object {
  const files = [...input.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const [index, file] of files.entries()) {
    if (file.path === files[index + 1]?.path) throw new Error(`${file.path} is listed twice`);
  }
  const byPackage = groupByPackage(files);
  const content = sha256(files.map((file) => `${file.sha256}  ${file.path}\n`).join(''));
  const texts = new Map([...byPackage.values()].flatMap(({ facts }) => [...facts.licence.texts]));

  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: document,
    name: `${input.name}-${input.version}`,
    documentNamespace: `https://spdx.org/spdxdocs/${encodeURIComponent(input.name)}-${encodeURIComponent(input.version)}-${content.slice(0, 32)}`,
    creationInfo: {
      created: input.date.toISOString().replace(/\.\d+Z$/, 'Z'),
      creators: [`Tool: ${input.name}-build-${input.version}`],
    },
    packages: [
      {
        SPDXID: image,
        name: input.name,
        versionInfo: input.version,
        primaryPackagePurpose: 'OPERATING-SYSTEM',
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        licenseConcluded: 'NOASSERTION',
        licenseDeclared: 'NOASSERTION',
        copyrightText: 'NOASSERTION',
      },
      ...[...byPackage].map(([id, { facts, files: own }]) => packageElement(id, facts, own)),
    ],
    files: files.map((file) => ({
      SPDXID: fileId(file),
      fileName: `.${file.path}`,
      checksums: [
        { algorithm: 'SHA1', checksumValue: file.sha1 },
        { algorithm: 'SHA256', checksumValue: file.sha256 },
      ],
      licenseConcluded: 'NOASSERTION',
      licenseInfoInFiles: ['NOASSERTION'],
      copyrightText: 'NOASSERTION',
    })),
    hasExtractedLicensingInfos: [...texts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([licenseId, extractedText]) => ({ licenseId, extractedText })),
    relationships: [
      relationship(document, 'DESCRIBES', image),
      ...[...byPackage].flatMap(([id, { files: own }]) => [
        relationship(image, 'CONTAINS', id),
        ...own.map((file) => relationship(id, 'CONTAINS', fileId(file))),
      ]),
    ],
  };
}

interface PackageFiles {
  readonly facts: PackageFacts;
  readonly files: ImageFile[];
}

function groupByPackage(files: readonly ImageFile[]): Map<string, PackageFiles> {
  const groups = new Map<string, PackageFiles>();
  for (const file of files) {
    const facts = file.package;
    const id = `SPDXRef-Package-${`${facts.name}-${facts.version}`.replaceAll(/[^A-Za-z0-9.-]/g, '-')}`;
    const group = groups.get(id) ?? { facts, files: [] };
    if (group.facts.source !== facts.source || group.facts.licence.expression !== facts.licence.expression) {
      throw new Error(`the package ${facts.name} ${facts.version} is described in two ways`);
    }
    group.files.push(file);
    groups.set(id, group);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function packageElement(id: string, facts: PackageFacts, files: readonly ImageFile[]): object {
  return {
    SPDXID: id,
    name: facts.name,
    versionInfo: facts.version,
    ...(facts.supplier !== undefined && { supplier: `Organization: ${facts.supplier}` }),
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: true,
    packageVerificationCode: { packageVerificationCodeValue: verificationCode(files) },
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: facts.licence.expression,
    licenseInfoFromFiles: ['NOASSERTION'],
    copyrightText: 'NOASSERTION',
    ...(facts.source !== undefined && {
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: facts.source }],
    }),
  };
}

/** SPDX 2.3, section 7.9: SHA-1 of the files' SHA-1 digests, sorted and joined. */
export function verificationCode(files: readonly Pick<ImageFile, 'sha1'>[]): string {
  return createHash('sha1')
    .update(
      files
        .map((file) => file.sha1)
        .sort()
        .join(''),
    )
    .digest('hex');
}

const fileId = (file: ImageFile): string => `SPDXRef-File-${sha256(file.path).slice(0, 16)}`;

const relationship = (spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object => ({
  spdxElementId,
  relationshipType,
  relatedSpdxElement,
});
