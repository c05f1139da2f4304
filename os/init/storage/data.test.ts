import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeExtents } from '../../lib/extents.ts';
import { MS_RDONLY } from '../../syscall/abi/mount.ts';
import { fakeKernel } from '../../syscall/fake/kernel.ts';
import type { MountRequest } from '../../syscall/kernel.ts';
import { Journal } from '../log/journal.ts';
import { mountData, mountDataSafely } from './data.ts';
import { copyBudget, keep } from './remake.ts';

const size = 4 * 1024 * 1024;
let folder = '';
let journal = new Journal({ uptime: () => 0, now: () => 0 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'panos-data-'));
  journal = new Journal({ uptime: () => 0, now: () => 0 });
  mkdirSync(join(folder, 'data'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A partition whose content is `content`, and a template that holds `template`. */
async function prepare(content: string, template: string) {
  const partition = join(folder, 'partition');
  writeFileSync(partition, content);
  truncateSync(partition, size);
  const image = Buffer.alloc(size);
  image.write(template, 8192);
  const parts = await Array.fromAsync(
    encodeExtents(size, async (offset, length) => image.subarray(offset, offset + length)),
  );
  writeFileSync(join(folder, 'template'), gzipSync(Buffer.concat(parts)));
  const device = { path: partition, partitionName: 'panos-data', size };
  return { devices: [device], where: { target: join(folder, 'data'), template: join(folder, 'template') }, partition };
}

const isExt4 = ({ type }: MountRequest) => type === 'ext4';
const warnings = () => journal.read({ severity: 'warning' }).map(({ message }) => message);

describe('mountData', () => {
  test('mounts a good partition and says nothing', async () => {
    const { devices, where } = await prepare('', '');
    const kernel = fakeKernel();
    expect(await mountData(kernel, devices, journal.for('init'), where)).toBe('mounted');
    expect(kernel.mounted.get(where.target)).toMatchObject({ source: devices[0]?.path, type: 'ext4' });
    expect(warnings()).toEqual([]);
  });

  test('takes one that cannot be written read-only, and leaves its bytes alone', async () => {
    const { devices, where, partition } = await prepare('precious', 'template');
    const before = readFileSync(partition);
    const kernel = fakeKernel();
    kernel.refuseMount('EIO', (request) => isExt4(request) && (request.flags & MS_RDONLY) === 0);
    expect(await mountData(kernel, devices, journal.for('init'), where)).toBe('read-only');
    expect(readFileSync(partition).equals(before)).toBe(true);
    expect(warnings().at(-1)).toContain('mounted read-only');
  });

  test('makes an unreadable one anew and keeps a copy of the old', async () => {
    const { devices, where, partition } = await prepare('old content', 'new content');
    const kernel = fakeKernel();
    kernel.refuseMount('EINVAL', (request) => isExt4(request) && !readFileSync(partition).includes('new content'));
    expect(await mountData(kernel, devices, journal.for('init'), where)).toBe('remade');
    const file = /the old one is kept in (.*)$/.exec(warnings().at(-1) ?? '')?.[1] ?? '';
    expect(gunzipSync(readFileSync(file)).includes('old content')).toBe(true);
  });

  test('falls back to memory when nothing helps, or when there is no partition', async () => {
    const { devices, where } = await prepare('', '');
    const kernel = fakeKernel();
    kernel.refuseMount('EIO', isExt4);
    expect(await mountData(kernel, devices, journal.for('init'), where)).toBe('memory');
    expect(kernel.mounted.get(where.target)?.type).toBe('tmpfs');
    expect(await mountData(fakeKernel(), [], journal.for('init'), where)).toBe('memory');
  });

  test('does not make a partition anew from a broken template', async () => {
    const { devices, where, partition } = await prepare('old', 'new');
    writeFileSync(where.template, gzipSync(gunzipSync(readFileSync(where.template)).subarray(0, -1)));
    const kernel = fakeKernel();
    kernel.refuseMount('EINVAL', isExt4);
    expect(await mountData(kernel, devices, journal.for('init'), where)).toBe('memory');
    expect(warnings().at(-1)).toContain('the list of extents ends too early');
    expect(readFileSync(partition).toString('utf8', 0, 3)).toBe('old');
  });

  test('safe mode changes nothing, not even by replaying the journal', async () => {
    const { devices, where } = await prepare('', '');
    const kernel = fakeKernel();
    expect(mountDataSafely(kernel, devices, journal.for('init'), where)).toBe('read-only');
    expect(kernel.mounted.get(where.target)).toMatchObject({ data: 'noload' });
    expect((kernel.mounted.get(where.target)?.flags ?? 0) & MS_RDONLY).toBe(MS_RDONLY);
  });
});

describe('keep', () => {
  test('holds no more than its budget', async () => {
    const path = join(folder, 'noise');
    writeFileSync(path, '');
    const fd = openSync(path, 'r+');
    for (let at = 0; at < size; at += 4096) writeSync(fd, crypto.getRandomValues(new Uint8Array(4096)), 0, 4096, at);
    expect(await keep(path, size, size / 2)).toEqual({ reason: 'it takes more than 2 MiB of memory' });
    expect(await keep(path, size, size * 2)).toHaveProperty('copy');
    expect(await keep(join(folder, 'missing'), size, size)).toHaveProperty('reason');
  });

  test('may use a third of the memory that is available', () => {
    expect(copyBudget('MemTotal: 9 kB\nMemAvailable:     3000 kB\n')).toBe(1000 * 1024);
    expect(copyBudget('')).toBe(0);
  });
});
