import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';

/** A file of the checkout, as git sees it. */
export interface SourceFile {
  /** Relative to the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const mostLines = 400;

/** Folders whose code must say what it is for. */
const introduced = /^(?:os|host|harness|kernel)\//;

/** Names that say nothing about what is inside. */
const emptyNames = /(?:^|[/-])(?:util|helpe[r]|manager|common|misc)s?(?=[/.-]|$)/;

/** What we do not write, and what to do instead. Spelt so that this file does not contain them. */
const unwanted: readonly (readonly [RegExp, string])[] = [
  [/\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/, 'do it, or open an issue'],
  [/(?<![-/])\bhelpe[r]s?\b/i, 'say what it does'],
  [/\bregistry\.npm[j]s\b|\b(?:deb|security|snapshot)\.debia[n]\b/, 'hosts of registries come from the configuration'],
  [/\bissue \d+|\bissue #\d+/i, 'say it here: trackers move'],
  [/(?:^|[\s'"`(])\/(?:wor[k]|tmp\/[p]|root)\//, 'no path of one machine'],
  [/\bdebugge[r];/, 'remove it'],
];

/** Everything untidy in a checkout: one line each. */
export async function findUntidy(directory: string): Promise<string[]> {
  const git = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { stdout } = await execa('git', git, { cwd: directory });
  const paths = stdout.split('\0').filter((path) => /\.(?:ts|mjs|md|feature|yml|json|config)$/.test(path));
  const files = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(directory, path), 'utf8').catch(() => '') })),
  );
  return judge(files);
}

/** {@link findUntidy} without a disk. */
export function judge(files: readonly SourceFile[]): string[] {
  const written = files.filter(({ path }) => !/(?:^|\/)(?:package-lock|packages\.lock)\.json$/.test(path));
  return [...written.flatMap(judgeFile), ...foldersWithoutIntroduction(written)].sort();
}

function judgeFile({ path, text }: SourceFile): string[] {
  const lines = text.split('\n');
  const found: string[] = [];
  const length = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  if (isCode(path) && length > mostLines) {
    found.push(`${path} has ${length} lines, of at most ${mostLines}: split it by what it does`);
  }
  if (emptyNames.test(path)) found.push(`${path}: the name says nothing about what is inside`);
  lines.forEach((line, index) => {
    for (const [pattern, advice] of unwanted) {
      const word = pattern.exec(line)?.[0].trim();
      if (word !== undefined) found.push(`${path}:${index + 1} says "${word}": ${advice}`);
    }
  });
  return found;
}

/**
 * The areas (`os/init`, `host/lib`, `kernel`) have a README.md. A folder below them has one, or is named by the one
 * above it (`log/`), or has a module that starts with a comment about the whole, above its imports.
 */
function foldersWithoutIntroduction(files: readonly SourceFile[]): string[] {
  const code = files.filter(({ path }) => isCode(path) && introduced.test(path));
  const folders = new Set(code.map(({ path }) => dirname(path)));
  const readmes = new Map(
    files.filter(({ path }) => basename(path) === 'README.md').map(({ path, text }) => [dirname(path), text]),
  );
  const headed = new Set(code.filter(({ text }) => hasHeader(text)).map(({ path }) => dirname(path)));
  return [...folders].flatMap((folder) => {
    if (readmes.has(folder)) return [];
    if (folder.split('/').length <= (folder.startsWith('kernel') ? 1 : 2)) return [`${folder} has no README.md`];
    const isNamed = readmes.get(dirname(folder))?.includes(`${basename(folder)}/`) ?? false;
    if (isNamed || headed.has(folder)) return [];
    return [`${folder}: say what it is for, in the README.md above it or in one of its own`];
  });
}

const isCode = (path: string): boolean => /\.(?:ts|mjs)$/.test(path);

/** A comment before everything else, which belongs to the module and not to what it declares first. */
const hasHeader = (text: string): boolean => /^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*(?:import\b|\/\*\*|$)/.test(text);
