import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silent } from '../lib/progress.ts';
import { sha256 } from '../lib/sha256.ts';
import type { Mirrors } from './apt-sources.ts';
import { download, fetchFailure, packagePath, packageUri } from './download.ts';
import type { LockedPackage } from './lock-file.ts';

let folder: string;
let server: Server;
let mirrors: Mirrors;
const served = new Map<string, string>();
const asked: string[] = [];

beforeEach(async () => {
  process.env['no_proxy'] = '127.0.0.1';
  folder = await mkdtemp(join(tmpdir(), 'panos-download-'));
  served.clear();
  asked.length = 0;
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    asked.push(path);
    const content = served.get(path);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  mirrors = { debian: `${base}/debian`, 'debian-security': `${base}/security` };
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

function offer(name: string, content: string, archive: LockedPackage['archive'] = 'debian'): LockedPackage {
  const path = `pool/main/${name}_1+b1~x_all.deb`;
  served.set(`/${archive === 'debian' ? 'debian' : 'security'}/${path}`, content);
  return { name, version: '1', architecture: 'all', archive, path, size: content.length, sha256: sha256(content) };
}

test('packages come from their archives, once', async () => {
  const packages = [
    offer('a', 'one'),
    offer('b', 'two', 'debian-security'),
    offer('c', 'three'),
    offer('d', 'four'),
    offer('e', 'x'),
  ];
  expect(await download(packages, folder, mirrors, silent)).toEqual([]);
  expect(await readFile(packagePath(folder, packages[1] as LockedPackage), 'utf8')).toBe('two');
  expect(asked).toHaveLength(5);
  expect(await download(packages, folder, mirrors, silent)).toEqual([]);
  expect(asked).toHaveLength(5);
});

test('a wrong SHA-256 names the file and both digests, and nothing of it stays', async () => {
  const one = offer('a', 'what it should be');
  served.set(`/debian/${one.path}`, 'something else!!!');
  const failure = await download([one], folder, mirrors, silent).catch((error: unknown) => error);
  expect(failure).toMatchObject({ status: 1 });
  const { message } = failure as Error;
  expect(message).toContain(packageUri(mirrors, one));
  expect(message).toContain(one.sha256);
  expect(message).toContain(sha256('something else!!!'));
  expect(message).toContain('it was deleted: try again');
  expect(await readdir(folder)).toEqual([]);
  served.set(`/debian/${one.path}`, 'what it should be');
  expect(await download([one], folder, mirrors, silent)).toEqual([]);
});

test('what the mirror no longer has is returned, the rest is there', async () => {
  const here = offer('here', 'yes');
  const gone = offer('gone', 'no');
  served.delete(`/debian/${gone.path}`);
  expect(await download([gone, here], folder, mirrors, silent)).toEqual([gone]);
  expect(await readdir(folder)).toEqual([`${here.sha256}.deb`]);
});

test('half files of dead processes are removed, those of living ones stay', async () => {
  const living = `${'b'.repeat(64)}.${process.pid}.partial`;
  await writeFile(join(folder, `${'a'.repeat(64)}.4194305.partial`), '');
  await writeFile(join(folder, living), '');
  await download([], folder, mirrors, silent);
  expect(await readdir(folder)).toEqual([living]);
});

test.each([
  [
    "E: Failed to fetch http://m/x  Could not resolve 'm'\nE: Download Failed",
    3,
    "cannot be reached (Could not resolve 'm')",
  ],
  ['E: Failed to fetch http://m/x  503  Service Unavailable [IP: 192.0.2.1 80]', 1, '503  Service Unavailable'],
  ['E: Write error - write (28: No space left on device)', 1, 'There is no space'],
  ['', 1, 'gave no reason'],
])('a failed fetch (%j) is told with exit status %i', (stderr, status, text) => {
  const failure = fetchFailure('http://m/x', '/cache', stderr);
  expect(failure.status).toBe(status);
  expect(failure.message).toContain(text);
});
