import { basename, join } from 'node:path';
import { writeFileAtomically } from '../../../host/lib/atomic-file.ts';
import { sha256OfFile } from '../../../host/lib/sha256.ts';

/**
 * Writes `SHA256SUMS` into `folder` for files that lie in it; `sha256sum --check SHA256SUMS` there verifies them.
 * @returns the path of the list.
 */
export async function writeChecksums(folder: string, paths: readonly string[]): Promise<string> {
  const digests = await Promise.all(paths.map(async (path) => [basename(path), await sha256OfFile(path)] as const));
  const target = join(folder, 'SHA256SUMS');
  await writeFileAtomically(target, formatChecksums(digests));
  return target;
}

/** One line a file, by name; the asterisk means that the file is binary (coreutils, sha256sum). */
export function formatChecksums(digests: readonly (readonly [name: string, sha256: string])[]): string {
  return [...digests]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sha256]) => `${sha256} *${name}\n`)
    .join('');
}
