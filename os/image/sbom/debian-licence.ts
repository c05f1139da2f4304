import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Paragraph, parseParagraphs } from '../../../host/toolbox/deb822.ts';
import type { PackageTree } from '../../../host/toolbox/package-tree.ts';
import { type Licence, licenceReference, plainLicence, textLicence } from './licence.ts';

/** The licence of a package of `tree`, from the copyright file that Debian Policy (12.5) demands of each. */
export async function readDebianLicence(tree: PackageTree, name: string): Promise<Licence> {
  const path = join(tree.root, 'usr/share/doc', name, 'copyright');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? plainLicence('NOASSERTION') : debianLicence(text, name);
}

/**
 * The licence that a copyright file tells. One in machine-readable form (DEP-5) becomes the conjunction of the licences
 * of all its files; any other stands for itself as a text.
 */
export function debianLicence(text: string, name: string): Licence {
  const paragraphs = parseParagraphs(text);
  if (!/copyright-format|dep-?5/i.test(paragraphs[0]?.get('format') ?? '')) return textLicence(name, text);
  const shortNames = paragraphs.filter((one) => one.has('files')).map(shortName);
  const parts = new Set(shortNames.filter((one) => one !== ''));
  if (parts.size === 0) return textLicence(name, text);

  const bodies = licenceBodies(paragraphs);
  const texts = new Map<string, string>();
  const known = (short: string): string => {
    const identifier = spdxIdentifier(short);
    if (identifier !== undefined) return identifier;
    const reference = licenceReference(`${name}-${short}`);
    texts.set(reference, bodies.get(short.toLowerCase()) ?? text);
    return reference;
  };
  const conjuncts = [...parts].flatMap((part) => (/ or /i.test(part) ? [part] : part.split(/,? and /i)));
  const expressions = new Set(conjuncts.map((part) => convertExpression(part, known)));
  return { expression: conjunction([...expressions].sort()), texts };
}

/** The first line of a License field; the text of the licence follows on the others. */
const shortName = (paragraph: Paragraph): string =>
  (paragraph.get('license') ?? '').trim().split('\n')[0]?.trim() ?? '';

function licenceBodies(paragraphs: readonly Paragraph[]): Map<string, string> {
  const bodies = new Map<string, string>();
  for (const paragraph of paragraphs) {
    const name = shortName(paragraph).toLowerCase();
    const body = (paragraph.get('license') ?? '').trim().split('\n').slice(1).join('\n');
    const readable = body.replaceAll(/^\.$/gm, '');
    if (name !== '' && readable.trim() !== '' && !bodies.has(name)) bodies.set(name, readable);
  }
  return bodies;
}

/**
 * A DEP-5 expression in SPDX's words. `and` binds more tightly than `or` in both; a comma before either of them in
 * DEP-5 makes it bind more loosely than any without.
 */
export function convertExpression(text: string, known: (shortName: string) => string): string {
  const words = text.replaceAll(/\s+/g, ' ').trim();
  for (const [separator, join] of [
    [/, or /i, disjunction],
    [/, and /i, conjunction],
    [/ or /i, disjunction],
    [/ and /i, conjunction],
  ] as const) {
    const parts = words.split(separator);
    if (parts.length > 1) return join(parts.map((part) => convertExpression(part, known)));
  }
  return known(words);
}

const compound = (part: string): string => (/ (AND|OR) /.test(part) ? `(${part})` : part);
const conjunction = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] ?? '') : parts.map(compound).join(' AND ');
const disjunction = (parts: readonly string[]): string => parts.map(compound).join(' OR ');

/** DEP-5's short names that SPDX spells otherwise; those that both spell alike map to themselves. */
const names: Readonly<Record<string, string>> = {
  '0bsd': '0BSD',
  'apache-2': 'Apache-2.0',
  'apache-2.0': 'Apache-2.0',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsl-1.0': 'BSL-1.0',
  cc0: 'CC0-1.0',
  'cc0-1.0': 'CC0-1.0',
  expat: 'MIT',
  fsfap: 'FSFAP',
  fsful: 'FSFUL',
  fsfullr: 'FSFULLR',
  ftl: 'FTL',
  isc: 'ISC',
  libpng: 'Libpng',
  'mpl-1.1': 'MPL-1.1',
  'mpl-2.0': 'MPL-2.0',
  'unicode-dfs-2016': 'Unicode-DFS-2016',
  x11: 'X11',
  zlib: 'Zlib',
};

/** The identifier of SPDX's licence list for a short name; nothing when it is not certain. */
export function spdxIdentifier(short: string): string | undefined {
  const gnu = /^(A?GPL|LGPL|GFDL)-?v?(\d)(?:\.(\d))?(?:\.0)?(\+)?(?: with linux-syscall-note exception)?$/i.exec(short);
  if (gnu === null) return names[short.toLowerCase()];
  const [, family = '', major, minor = '0', later] = gnu;
  const identifier = `${family.toUpperCase()}-${major}.${minor}-${later === undefined ? 'only' : 'or-later'}`;
  return /linux-syscall-note/i.test(short) ? `${identifier} WITH Linux-syscall-note` : identifier;
}
