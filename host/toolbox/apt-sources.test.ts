import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../lib/failure.ts';
import { findMirrors, parseDeb822Sources, parseOneLineSources, readMirrors } from './apt-sources.ts';

const oneLine = `# deb http://commented.example/debian trixie main
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://main.example/debian/ bookworm main contrib # why
deb-src http://source.example/debian bookworm main
deb http://main.example/debian/ bookworm-updates main
deb http://security.example/debian-security bookworm-security main
deb cdrom:[Debian GNU/Linux 12]/ bookworm main
`;
const deb822 = `Types: deb deb-src
URIs: http://main.example/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://main.example/debian-security
Suites: trixie-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
`;
/** Publishers beside Debian that name their suites as Debian does. */
const thirdParties = `deb https://download.third.example/linux/debian trixie stable
deb https://browser.third.example/linux/chrome/deb/ stable main
deb [signed-by=/usr/share/keyrings/third.gpg] https://yarn.third.example/debian/ stable main
deb https://node.third.example/node_20.x nodistro main
`;

test('the one-line syntax', () => {
  const sources = parseOneLineSources(oneLine);
  expect(sources[0]).toEqual({
    uris: ['http://main.example/debian/'],
    suites: ['bookworm'],
    components: ['main', 'contrib'],
    signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
  });
  expect(findMirrors(sources)).toEqual({
    debian: 'http://main.example/debian',
    'debian-security': 'http://security.example/debian-security',
  });
});

test('the deb822 syntax, without entries that are switched off', () => {
  expect(findMirrors(parseDeb822Sources(deb822))).toEqual({
    debian: 'http://main.example/debian',
    'debian-security': 'http://main.example/debian-security',
  });
});

test('third parties are not taken for Debian when Debian is there', () => {
  const sources = [...parseOneLineSources(thirdParties), ...parseDeb822Sources(deb822)];
  expect(findMirrors(sources).debian).toBe('http://main.example/debian');
  expect(findMirrors(parseOneLineSources('deb https://node.third.example/node_20.x nodistro main\n'))).toEqual({});
});

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'panos-apt-'));
  await mkdir(join(root, 'sources.list.d'));
});
afterEach(() => rm(root, { recursive: true }));

test('both syntaxes are found in their files, and the environment wins', async () => {
  await writeFile(join(root, 'sources.list.d/debian.sources'), deb822);
  await writeFile(join(root, 'sources.list.d/ignored.bak'), 'deb http://bak.example/debian trixie main');
  expect((await readMirrors({}, root)).debian).toBe('http://main.example/debian');
  await rm(join(root, 'sources.list.d/debian.sources'));
  await writeFile(join(root, 'sources.list'), oneLine);
  expect((await readMirrors({}, root))['debian-security']).toBe('http://security.example/debian-security');
  expect(await readMirrors({ PANOS_DEBIAN_MIRROR: 'http://mine.example/debian/' }, root)).toEqual({
    debian: 'http://mine.example/debian',
    'debian-security': 'http://security.example/debian-security',
  });
});

test('a machine that names only the main archive finds the other beside it', async () => {
  expect(await readMirrors({ PANOS_DEBIAN_MIRROR: 'http://mine.example/debian' }, root)).toEqual({
    debian: 'http://mine.example/debian',
    'debian-security': 'http://mine.example/debian-security',
  });
});

test('a list of mirrors is followed to its first', async () => {
  await writeFile(
    join(root, 'mirrors'),
    '# best first\nhttps://first.example/debian/\nhttps://second.example/debian\n',
  );
  const source = `Types: deb\nURIs: mirror+file://${root}/mirrors\nSuites: trixie trixie-updates\nComponents: main\n`;
  await writeFile(join(root, 'sources.list.d/debian.sources'), source);
  expect((await readMirrors({}, root)).debian).toBe('https://first.example/debian');
});

test('a machine without a mirror says which variable to set', async () => {
  const error = await readMirrors({}, root).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Failure);
  expect(error).toMatchObject({ status: 3, message: expect.stringContaining('PANOS_DEBIAN_MIRROR') });
});
