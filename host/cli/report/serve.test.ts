import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileFor, serveFolder } from './serve.ts';

test('no request leaves the folder', () => {
  expect(fileFor('/r', '/')).toBe('/r/index.html');
  expect(fileFor('/r', '/data/a%20b.json?x=1')).toBe('/r/data/a b.json');
  for (const wrong of ['/../etc/passwd', '/%2e%2e/secret', '/a/../../secret', '/%', '/a%00']) {
    expect(fileFor('/r', wrong), wrong).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), (target) => {
      const file = fileFor('/r', `/${target}`);
      if (file !== undefined) expect(file.startsWith('/r/')).toBe(true);
    }),
  );
});

test('files are served with their type, and nothing else is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'panos-serve-'));
  const { url, server } = await serveFolder(folder);
  try {
    await writeFile(join(folder, 'index.html'), '<h1>report</h1>');
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      200,
      'text/html; charset=utf-8',
      '<h1>report</h1>',
    ]);
    expect((await fetch(`${url}absent.js`)).status).toBe(404);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});
