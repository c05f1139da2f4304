import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure, machineFailure } from '../lib/failure.ts';
import { isRunning } from '../lib/lock.ts';
import type { Progress } from '../lib/progress.ts';
import { sha256OfFile } from '../lib/sha256.ts';
import type { Mirrors } from './apt-sources.ts';
import type { LockedPackage } from './lock-file.ts';

/** Connections at a time. */
const parallel = 4;

/** apt's own fetcher: it knows this machine's proxies, certificates and credentials, and repeats with back-off. */
const fetcher = '/usr/lib/apt/apt-helper';

/**
 * Fetches packages into `directory`, each under its SHA-256. A file has its final name only when its bytes were right.
 * @returns the packages that the mirror no longer has.
 * @throws Failure (1) for a wrong SHA-256, (3) without a network.
 */
export async function download(
  packages: readonly LockedPackage[],
  directory: string,
  mirrors: Mirrors,
  progress: Progress,
): Promise<LockedPackage[]> {
  await mkdir(directory, { recursive: true });
  await removePartials(directory);
  const missing: LockedPackage[] = [];
  for (const one of packages) {
    const size = await stat(packagePath(directory, one)).then(
      (of) => of.size,
      () => -1,
    );
    if (size !== one.size) missing.push(one);
  }
  if (missing.length === 0) return [];

  const total = missing.reduce((sum, one) => sum + one.size, 0);
  const gone: LockedPackage[] = [];
  await progress.step(`Downloading ${missing.length} Debian packages (${megabytes(total)} MB)`, async (report) => {
    const waiting = [...missing];
    let bytes = 0;
    const worker = async () => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        try {
          if (!(await fetchOne(one, directory, mirrors))) gone.push(one);
        } catch (error) {
          waiting.length = 0;
          throw error;
        }
        bytes += one.size;
        report(`${megabytes(bytes)} of ${megabytes(total)} MB`);
      }
    };
    // All workers are waited for, also when one fails: none may still write when this function has ended.
    const results = await Promise.allSettled(Array.from({ length: parallel }, worker));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  });
  return gone;
}

/** Where a downloaded package is, or would be. */
export const packagePath = (directory: string, one: LockedPackage): string => join(directory, `${one.sha256}.deb`);

/** The address of a package: a pool path may hold characters that a URI may not (RFC 3986, section 2.1). */
export function packageUri(mirrors: Mirrors, one: LockedPackage): string {
  return `${mirrors[one.archive]}/${one.path.split('/').map(encodeURIComponent).join('/')}`;
}

/** @returns false when the mirror does not have the file. */
async function fetchOne(one: LockedPackage, directory: string, mirrors: Mirrors): Promise<boolean> {
  const uri = packageUri(mirrors, one);
  const partial = join(directory, `${one.sha256}.${process.pid}.partial`);
  try {
    const options = ['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3'];
    const args = ['--quiet=2', ...options, 'download-file', uri, partial];
    const result = await execa(fetcher, args, { env: { LC_ALL: 'C' }, stdin: 'ignore', reject: false });
    if (result.code === 'ENOENT') {
      throw machineFailure(`${fetcher} is missing: this needs a Debian or a relative of it (package apt).`);
    }
    if (result.failed) {
      if (/\b(404|410)\b/.test(result.stderr) || /File not found/.test(result.stderr)) return false;
      throw fetchFailure(uri, directory, result.stderr);
    }
    await checkHash(partial, one.sha256, uri);
    await rename(partial, packagePath(directory, one));
    return true;
  } finally {
    await rm(partial, { force: true });
    await rm(`${partial}.FAILED`, { force: true });
  }
}

/** What a failed fetch means to a person. */
export function fetchFailure(uri: string, directory: string, stderr: string): Failure {
  const reason = /^E: (?:Failed to fetch \S+\s+)?(.*)$/m.exec(stderr)?.[1]?.trim() ?? 'the fetcher gave no reason';
  if (/No space left/.test(stderr))
    return new Failure(`There is no space for ${uri} in ${directory}: make some and try again.`);
  if (/resolve|connect|unreachable|timed out|Temporary failure/i.test(stderr)) {
    return machineFailure(
      `${uri} cannot be reached (${reason}): check the network or PANOS_DEBIAN_MIRROR, then try again.`,
    );
  }
  return new Failure(
    `${uri} could not be downloaded (${reason}): try again, or set PANOS_DEBIAN_MIRROR to another mirror.`,
  );
}

/** @throws Failure when the file's SHA-256 is another; the file is deleted. */
export async function checkHash(path: string, expected: string, name: string): Promise<void> {
  const got = await sha256OfFile(path);
  if (got === expected) return;
  await rm(path, { force: true });
  throw new Failure(
    `${name} has SHA-256 ${got} where ${expected} was expected; it was deleted: try again, or set PANOS_DEBIAN_MIRROR to another mirror.`,
  );
}

/** Half files of processes that were killed. */
async function removePartials(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = /^[0-9a-f]{64}\.(\d+)\.partial/.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) await rm(join(directory, name), { force: true });
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
