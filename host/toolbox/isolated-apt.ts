import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure, machineFailure } from '../lib/failure.ts';
import type { Mirrors } from './apt-sources.ts';
import { parseParagraphs } from './deb822.ts';
import type { LockedPackage } from './lock-file.ts';

/** apt with a configuration, package lists and an (empty) database of its own: it sees and changes nothing of the host. */
export interface IsolatedApt {
  /** Fetches the indexes; apt checks their signatures. */
  update(): Promise<void>;
  /** The current versions of `names`, with all that they depend on where `dependencies` is true; sorted by name. */
  resolve(names: readonly string[], dependencies: boolean): Promise<LockedPackage[]>;
  /** When the newest of the indexes was published. */
  published(): Promise<Date>;
}

/** The suites of the release, and the archive that carries each. */
const suites = [
  ['debian', 'trixie'],
  ['debian', 'trixie-updates'],
  ['debian-security', 'trixie-security'],
] as const;

const keyrings = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/** @throws Failure (3) where apt or Debian's archive keys are missing. */
export async function isolatedApt(directory: string, mirrors: Mirrors): Promise<IsolatedApt> {
  const keyring = await firstExisting(keyrings);
  if (keyring === undefined) {
    throw machineFailure(`Debian's archive keys are missing: install the package debian-archive-keyring.`);
  }
  for (const part of ['lists/partial', 'cache/archives/partial', 'etc']) {
    await mkdir(join(directory, part), { recursive: true });
  }
  const sources = suites.map(([archive, suite]) => `deb [signed-by=${keyring}] ${mirrors[archive]} ${suite} main\n`);
  await writeFile(join(directory, 'etc/sources.list'), sources.join(''));
  await writeFile(join(directory, 'status'), '');
  const options = aptOptions(directory);

  return {
    async update() {
      await apt('apt-get', [...options, 'update', '--error-on=any']);
    },
    async resolve(names, dependencies) {
      const verb = dependencies ? ['install', '--yes'] : ['download'];
      const { stdout } = await apt('apt-get', [...options, ...verb, '--print-uris', '--quiet=2', ...names]);
      const chosen = parsePrintedUris(stdout);
      const query = chosen.map((one) => `${one.name}=${one.version}`);
      const records = await apt('apt-cache', [...options, 'show', ...query]);
      return pick(chosen, parsePackageRecords(records.stdout));
    },
    async published() {
      const lists = (await readdir(join(directory, 'lists'))).filter((name) => name.endsWith('InRelease'));
      const texts = await Promise.all(lists.map((name) => readFile(join(directory, 'lists', name), 'utf8')));
      return newestDate(texts);
    },
  };
}

function aptOptions(directory: string): string[] {
  return [
    `Dir::Etc::sourcelist=${directory}/etc/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    `Dir::State=${directory}`,
    `Dir::State::lists=${directory}/lists`,
    `Dir::State::status=${directory}/status`,
    `Dir::Cache=${directory}/cache`,
    'APT::Install-Recommends=false',
    'APT::Architecture=amd64',
    // As root, apt would download as another user, who may not enter the cache.
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Debug::NoLocking=true',
  ].flatMap((option) => ['-o', option]);
}

async function apt(program: string, args: readonly string[]): Promise<{ stdout: string }> {
  const result = await execa(program, args, { env: { LC_ALL: 'C' }, stdin: 'ignore', reject: false });
  if (result.code === 'ENOENT') throw machineFailure(`${program} is missing: this needs a Debian or a relative of it.`);
  if (!result.failed) return result;
  const said = result.stderr.split('\n').filter((line) => line.startsWith('E: '));
  const reason = said[0]?.slice(3) ?? result.shortMessage;
  if (/resolve|connect|Network is unreachable|Temporary failure/.test(result.stderr)) {
    throw machineFailure(`Debian's mirror cannot be reached (${reason}): check the network, then try again.`);
  }
  throw new Failure(`apt could not read Debian's package indexes (${reason}): check apt's sources, then try again.`);
}

/** A line of `--print-uris`: `'uri' name_version_architecture.deb size hash`. The version is percent-encoded. */
export function parsePrintedUris(text: string): { uri: string; name: string; version: string }[] {
  return [...text.matchAll(/^'([^']+)' ([^_\s]+)_([^_\s]+)_[^_\s]+\.deb \d+/gm)].map(
    ([, uri = '', name = '', version = '']) => ({ uri, name, version: decodeURIComponent(version) }),
  );
}

/** The paragraphs of a package index that give everything a lock needs. */
export function parsePackageRecords(text: string): LockedPackage[] {
  return parseParagraphs(text).flatMap((record) => {
    const path = record.get('filename') ?? '';
    const architecture = record.get('architecture') === 'all' ? 'all' : 'amd64';
    const one: LockedPackage = {
      name: record.get('package') ?? '',
      version: record.get('version') ?? '',
      architecture,
      // The security archive keeps its files apart from the main one's by this folder.
      archive: path.startsWith('pool/updates/') ? 'debian-security' : 'debian',
      path,
      size: Number(record.get('size')),
      sha256: record.get('sha256') ?? '',
    };
    return one.name !== '' && one.sha256 !== '' && path !== '' ? [one] : [];
  });
}

/** A version can be in both archives: the record that apt would download from is the one that counts. */
function pick(
  chosen: readonly { uri: string; name: string; version: string }[],
  records: readonly LockedPackage[],
): LockedPackage[] {
  return chosen
    .map(({ uri, name, version }) => {
      const same = records.filter((record) => record.name === name && record.version === version);
      const record = same.find((one) => decodeURIComponent(uri).endsWith(one.path)) ?? same[0];
      if (record === undefined) throw new Failure(`apt knows no SHA-256 of ${name} ${version}: try again later.`);
      return record;
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The newest `Date` of signed index files. */
export function newestDate(releases: readonly string[]): Date {
  const dates = releases.map((text) => Date.parse(/^Date: (.*)$/m.exec(text)?.[1] ?? '')).filter(Number.isFinite);
  if (dates.length === 0) throw new Failure('The package indexes carry no date: try again later.');
  return new Date(Math.max(...dates));
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}
