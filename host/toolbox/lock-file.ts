import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { Failure } from '../lib/failure.ts';
import { repository } from '../lib/paths.ts';

const lockedPackage = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9+.-]+$/)),
  version: v.pipe(v.string(), v.regex(/^[0-9][A-Za-z0-9.+:~-]*$/)),
  architecture: v.picklist(['amd64', 'all']),
  archive: v.picklist(['debian', 'debian-security']),
  path: v.pipe(
    v.string(),
    v.regex(/^pool\/[A-Za-z0-9.+~_/-]+\.deb$/),
    v.check((path) => !path.includes('..'), 'must not climb'),
  ),
  size: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

const packageLock = v.strictObject({
  release: v.literal('trixie'),
  date: v.pipe(v.string(), v.isoTimestamp()),
  sets: v.strictObject({
    /** Programs of the build and of the lab. */
    tools: v.array(lockedPackage),
    /** Servers and measuring instruments of the lab's network; only its tests need them. */
    lab: v.array(lockedPackage),
    /** What the image itself carries: the libraries that node is linked to. */
    runtime: v.array(lockedPackage),
    'kernel-source': v.array(lockedPackage),
  }),
});

/** One Debian package: what it is, where any mirror of `archive` keeps it, and what its bytes must be. */
export type LockedPackage = v.InferOutput<typeof lockedPackage>;

/**
 * The content of `packages.lock.json`. `date` is when the newest of the indexes was published: it stands for "now" in
 * everything that is built, so that the same lock gives the same bytes.
 */
export type PackageLock = v.InferOutput<typeof packageLock>;
export type SetName = keyof PackageLock['sets'];

export const lockPath = join(repository, 'host/toolbox/packages.lock.json');

/** @throws Failure naming the first thing wrong. */
export function parseLock(text: string, path = 'packages.lock.json'): PackageLock {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Failure(`${path} is not JSON: take it from git again or run ./panos lock.`, 1, { cause });
  }
  const result = v.safeParse(packageLock, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? 'the document';
  throw new Failure(`${path} is damaged at ${where} (${issue.message}): take it from git again or run ./panos lock.`);
}

export async function readLock(): Promise<PackageLock> {
  const text = await readFile(lockPath, 'utf8').catch((cause) => {
    throw new Failure(`${lockPath} cannot be read: take it from git again or run ./panos lock.`, 1, { cause });
  });
  return parseLock(text, lockPath);
}

export const formatLock = (lock: PackageLock): string => `${JSON.stringify(lock, undefined, 2)}\n`;

/** Names a set by the content of its packages. */
export function setKey(packages: readonly LockedPackage[]): string {
  const hashes = packages.map((one) => one.sha256).sort();
  return createHash('sha256').update(hashes.join('\n')).digest('hex').slice(0, 16);
}
