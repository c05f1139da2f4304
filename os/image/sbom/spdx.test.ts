import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainLicence, textLicence } from './licence.ts';
import type { PackageFacts } from './packages.ts';
import { digestFile, type ImageFile, spdxDocument, verificationCode } from './spdx.ts';

const libc: PackageFacts = {
  name: 'libc6',
  version: '2.41-12+deb13u4',
  source: 'pkg:deb/debian/libc6@2.41-12%2Bdeb13u4?arch=amd64',
  licence: textLicence('libc6', 'the text'),
  supplier: 'Debian',
};
const ours: PackageFacts = { name: 'PanoramicData.Os', version: '1.0', licence: plainLicence('MIT') };

const file = (path: string, facts: PackageFacts): ImageFile => ({
  path,
  sha1: createHash('sha1').update(path).digest('hex'),
  sha256: createHash('sha256').update(path).digest('hex'),
  package: facts,
});
const input = {
  name: 'PanoramicData.Os',
  version: '1.0',
  date: new Date('2026-01-02T03:04:05.678Z'),
  files: [file('/usr/lib/panos/init.js', ours), file('/lib/libc.so.6', libc), file('/lib/libm.so.6', libc)],
};

interface Spdx {
  SPDXID: string;
  creationInfo: { created: string };
  packages: { SPDXID: string; name: string; licenseDeclared: string; supplier?: string }[];
  files: { SPDXID: string; fileName: string }[];
  hasExtractedLicensingInfos: { licenseId: string; extractedText: string }[];
  relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[];
}
const make = (of: typeof input) => spdxDocument(of) as Spdx;

test('the document holds every package and file, and the text of each licence of its own', () => {
  const made = make(input);
  expect(made.creationInfo.created).toBe('2026-01-02T03:04:05Z');
  expect(made.packages.map((one) => [one.name, one.licenseDeclared])).toEqual([
    ['PanoramicData.Os', 'NOASSERTION'],
    ['PanoramicData.Os', 'MIT'],
    ['libc6', 'LicenseRef-libc6'],
  ]);
  expect(made.files.map((one) => one.fileName)).toEqual([
    './lib/libc.so.6',
    './lib/libm.so.6',
    './usr/lib/panos/init.js',
  ]);
  expect(made.hasExtractedLicensingInfos).toEqual([{ licenseId: 'LicenseRef-libc6', extractedText: 'the text' }]);
});

test('identifiers are unique, well-formed, and every relationship leads somewhere', () => {
  const made = make(input);
  const ids = [made.SPDXID, ...made.packages.map((one) => one.SPDXID), ...made.files.map((one) => one.SPDXID)];
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
  for (const one of made.relationships) {
    expect(ids).toContain(one.spdxElementId);
    expect(ids).toContain(one.relatedSpdxElement);
  }
  expect(made.relationships.filter((one) => one.relationshipType === 'CONTAINS')).toHaveLength(2 + 3);
});

test('the order of the files does not matter, their content does', () => {
  const text = JSON.stringify(make(input));
  fc.assert(
    fc.property(fc.shuffledSubarray(input.files, { minLength: 3 }), (files) => {
      expect(JSON.stringify(make({ ...input, files }))).toBe(text);
    }),
  );
  const [first, ...rest] = input.files;
  const changed = { ...(first as ImageFile), sha256: '0'.repeat(64) };
  expect(JSON.stringify(make({ ...input, files: [changed, ...rest] }))).not.toBe(text);
});

test('contradictions are refused', () => {
  expect(() => make({ ...input, files: [...input.files, file('/lib/libc.so.6', libc)] })).toThrow('listed twice');
  const other = { ...libc, licence: plainLicence('MIT') };
  expect(() => make({ ...input, files: [...input.files, file('/lib/other', other)] })).toThrow('in two ways');
});

test('a verification code does not depend on order', () => {
  const code = createHash('sha1').update('aabb').digest('hex');
  expect(verificationCode([{ sha1: 'bb' }, { sha1: 'aa' }])).toBe(code);
});

test('both digests of a file are taken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'panos-sbom-'));
  try {
    await writeFile(join(folder, 'file'), 'abc');
    expect(await digestFile(join(folder, 'file'))).toEqual({
      sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
