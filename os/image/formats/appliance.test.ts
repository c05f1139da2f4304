import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatChecksums, writeChecksums } from './checksums.ts';
import { spaceNeeded } from './convert.ts';
import { packOva } from './ova.ts';
import { ovfDescriptor, ovfManifest } from './ovf.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

const appliance = { name: 'A & B', version: '1.0', disk: { file: 'a.vmdk', size: 1000, capacity: 2 ** 30 } };

test('a descriptor names its disk, escapes text and keeps the order that the schema asks for', () => {
  const text = ovfDescriptor(appliance);
  expect(text).toContain('<Name>A &amp; B</Name>');
  expect(text).toContain('ovf:href="a.vmdk" ovf:size="1000"');
  expect(text).toContain('ovf:capacity="1073741824"');
  const items = [...text.matchAll(/<Item>(.*?)<\/Item>/gs)].map(([, body = '']) =>
    [...body.matchAll(/<rasd:(\w+)>/g)].map(([, name]) => name),
  );
  expect(items).toHaveLength(5);
  for (const names of items) expect(names).toEqual([...names].sort());
});

test('resource types are only those that every importer knows', () => {
  const types = [...ovfDescriptor(appliance).matchAll(/<rasd:ResourceType>(\d+)</g)].map(([, type]) => Number(type));
  expect(types).toEqual([3, 4, 6, 17, 10]);
});

test('a manifest has one digest a file', () => {
  expect(ovfManifest({ 'a.ovf': '00', 'a.vmdk': 'ff' })).toBe('SHA256(a.ovf)= 00\nSHA256(a.vmdk)= ff\n');
});

test('what is packed is read by tar, whatever the size', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'panos-ova-'));
  try {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (content) => {
        await writeFile(join(folder, 'a.vmdk'), content);
        await packOva(
          join(folder, 'a.vmdk'),
          4096,
          join(folder, 'a.ova'),
          { name: 'A', version: '1' },
          new Date(86_400_000),
        );
        const options = { env: { TZ: 'UTC', LC_ALL: 'C', PATH: process.env['PATH'] } };
        const listing = execFileSync('tar', ['tvf', join(folder, 'a.ova')], options).toString();
        expect(listing.split('\n').map((line) => line.split(/\s+/).at(-1))).toEqual(['a.ovf', 'a.mf', 'a.vmdk', '']);
        expect(listing).toContain(`${content.length} 1970-01-02 00:00 a.vmdk`);
        const back = execFileSync('tar', ['xOf', join(folder, 'a.ova'), 'a.vmdk'], options);
        expect(back.equals(content)).toBe(true);
      }),
      { numRuns: 10 },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what ustar cannot hold is refused', () => {
  const time = new Date(0);
  expect(() => tarHeader({ name: 'x'.repeat(101), size: 0, time })).toThrow('too long');
  expect(() => tarHeader({ name: 'x', size: 8 ** 11, time })).toThrow('too large');
  expect(tarHeader({ name: 'x', size: 8 ** 11 - 1, time }).toString('latin1', 124, 135)).toBe('77777777777');
  expect([0, 1, 511, 512, 513].map((size) => (size + tarPadding(size).length) % 512)).toEqual([0, 0, 0, 0, 0]);
  expect(tarEnd()).toHaveLength(1024);
});

test('checksums are sorted and understood by sha256sum', async () => {
  expect(
    formatChecksums([
      ['b', '02'],
      ['a', '01'],
    ]),
  ).toBe('01 *a\n02 *b\n');
  const folder = await mkdtemp(join(tmpdir(), 'panos-sums-'));
  try {
    await writeFile(join(folder, 'one'), 'content');
    const list = await writeChecksums(folder, [join(folder, 'one')]);
    expect(await readFile(list, 'utf8')).toMatch(/^[0-9a-f]{64} \*one\n$/);
    expect(execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: folder }).toString()).toBe('one: OK\n');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an appliance needs space for its disk twice', () => {
  const base = spaceNeeded('vmdk', 0);
  expect(spaceNeeded('ova', 1e9) - base).toBe(2 * (spaceNeeded('vmdk', 1e9) - base));
});
