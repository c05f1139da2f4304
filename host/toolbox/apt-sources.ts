import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machineFailure } from '../lib/failure.ts';
import { parseParagraphs, words } from './deb822.ts';

/** Where a Debian archive is mirrored, without a slash at the end. */
export interface Mirrors {
  readonly debian: string;
  readonly 'debian-security': string;
}

/** One entry of apt's sources (sources.list(5)), whichever of the two syntaxes it was written in. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy: string;
}

/** The one-line syntax: `deb [option=value …] uri suite component …`. */
export function parseOneLineSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    return [
      {
        uris: [uri],
        suites: [suite],
        components: components.split(/\s+/).filter((word) => word !== ''),
        signedBy: /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1] ?? '',
      },
    ];
  });
}

/** The deb822 syntax. */
export function parseDeb822Sources(text: string): AptSource[] {
  return parseParagraphs(text)
    .filter((entry) => words(entry, 'types').includes('deb') && !/^(no|false|0|off)$/i.test(entry.get('enabled') ?? ''))
    .map((entry) => ({
      uris: words(entry, 'uris'),
      suites: words(entry, 'suites'),
      components: words(entry, 'components'),
      signedBy: entry.get('signed-by') ?? '',
    }));
}

const codename = /^(oldoldstable|oldstable|stable|testing|unstable|sid|bullseye|bookworm|trixie|forky|duke)$/;
const securitySuite = /^[a-z]+(-security|\/updates)$/;

/**
 * The mirrors among `sources`. Third parties also publish suites named after Debian's releases, so the entry that
 * looks most like Debian's own wins: signed by Debian's keys, with an updates suite, under a path named `debian`.
 */
export function findMirrors(sources: readonly AptSource[]): Partial<Mirrors> {
  const inMain = sources.filter((source) => source.components.includes('main'));
  const signed = (source: AptSource) => (source.signedBy.includes('debian-archive') ? 4 : 0);
  const updates = (uri: string) =>
    inMain.some((source) => source.uris.includes(uri) && source.suites.some((suite) => suite.endsWith('-updates')));
  const best = (wanted: RegExp, score: (source: AptSource, uri: string) => number) =>
    inMain
      .filter((source) => source.suites.some((suite) => wanted.test(suite)))
      .flatMap((source) => source.uris.map((uri) => ({ uri: trimSlash(uri), score: score(source, uri) })))
      .filter((candidate) => candidate.score > 0)
      .reduce<{ uri: string; score: number } | undefined>(
        (winner, next) => (winner === undefined || next.score > winner.score ? next : winner),
        undefined,
      )?.uri;
  const debian = best(
    codename,
    (source, uri) => signed(source) + (updates(uri) ? 2 : 0) + (/\/debian\/?$/.test(uri) ? 1 : 0),
  );
  const security = best(
    securitySuite,
    (source, uri) => signed(source) + (/\/debian-security\/?$|security/.test(uri) ? 1 : 0),
  );
  return { ...(debian && { debian }), ...(security && { 'debian-security': security }) };
}

/**
 * The mirrors that this machine's apt uses, or those of PANOS_DEBIAN_MIRROR and PANOS_DEBIAN_SECURITY_MIRROR. A
 * machine that names only one finds the other beside it, which is how mirrors are laid out.
 * @throws Failure (3) when no Debian mirror is known.
 */
export async function readMirrors(environment = process.env, root = '/etc/apt'): Promise<Mirrors> {
  const found = findMirrors(await readSources(root));
  const debian = environment['PANOS_DEBIAN_MIRROR'] ?? found.debian;
  if (!debian) {
    throw machineFailure(
      `No Debian mirror is named in ${root}: set PANOS_DEBIAN_MIRROR (and PANOS_DEBIAN_SECURITY_MIRROR) to one.`,
    );
  }
  const security =
    environment['PANOS_DEBIAN_SECURITY_MIRROR'] ??
    found['debian-security'] ??
    debian.replace(/\/debian\/?$/, '/debian-security');
  return { debian: await followList(trimSlash(debian)), 'debian-security': await followList(trimSlash(security)) };
}

async function readSources(root: string): Promise<AptSource[]> {
  const parts = join(root, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort();
  const paths = [join(root, 'sources.list'), ...names.map((name) => join(parts, name))];
  const found = await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path, 'utf8').catch(() => '');
      if (path.endsWith('.list')) return parseOneLineSources(text);
      return path.endsWith('.sources') ? parseDeb822Sources(text) : [];
    }),
  );
  return found.flat();
}

/** Debian's cloud images name a file of mirrors, best first (apt-transport-mirror(1)). */
async function followList(uri: string): Promise<string> {
  const list = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
  if (list === undefined) return uri;
  const text = await readFile(list, 'utf8').catch(() => '');
  const first = /^\s*([a-z+]+:\S+)/m.exec(text)?.[1];
  if (first === undefined)
    throw machineFailure(`${list}, named by apt's sources, holds no mirror: set PANOS_DEBIAN_MIRROR.`);
  return trimSlash(first);
}

const trimSlash = (uri: string): string => uri.replace(/\/+$/, '');
