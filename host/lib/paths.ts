import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The checkout that this code runs from. */
export const repository = resolve(import.meta.dirname, '../..');

/** Products of the build, in the checkout and ignored by git. */
export const buildDirectory = join(repository, 'build');

/** Downloads, tools and kernels, shared by all checkouts and named by content (XDG base directories). */
export const cacheDirectory =
  process.env['PANOS_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'panos');

/**
 * Sockets of running machines. Outside the checkout, because a unix socket's path is limited to 107 bytes
 * (unix(7)); one folder a checkout, so that two checkouts never meet.
 */
export const runtimeDirectory = join(
  process.env['XDG_RUNTIME_DIR'] ?? tmpdir(),
  `panos-${process.getuid?.() ?? 0}-${createHash('sha256').update(repository).digest('hex').slice(0, 8)}`,
);
