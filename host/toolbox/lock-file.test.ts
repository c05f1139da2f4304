import { expect, test } from 'vitest';
import { formatLock, type LockedPackage, type PackageLock, parseLock, readLock, setKey } from './lock-file.ts';
import { changes, wanted } from './renew-lock.ts';

const one: LockedPackage = {
  name: 'libstdc++6',
  version: '1:2.0~rc1+b2-3',
  architecture: 'amd64',
  archive: 'debian-security',
  path: 'pool/updates/main/g/gcc-14/libstdc++6_2.0~rc1+b2-3_amd64.deb',
  size: 12,
  sha256: 'a'.repeat(64),
};
const lock: PackageLock = {
  release: 'trixie',
  date: '2026-01-02T03:04:05.000Z',
  sets: { tools: [one], lab: [], runtime: [], 'kernel-source': [] },
};

test('a lock file that is written is read again', () => {
  expect(parseLock(formatLock(lock))).toEqual(lock);
});

test.each([
  ['no JSON', (text: string) => text.slice(5)],
  ['a short hash', (text: string) => text.replace('aaaa', 'a')],
  ['a path that climbs', (text: string) => text.replace('updates/main', '../../main')],
  ['an unknown archive', (text: string) => text.replace('debian-security', 'elsewhere')],
  ['an unknown field', (text: string) => text.replace('"size"', '"weight": 1, "size"')],
  ['a missing set', (text: string) => text.replace('"runtime": [],', '')],
  ['no date', (text: string) => text.replace('2026-01-02T03:04:05.000Z', 'yesterday')],
])('a lock file with %s is refused with what to do', (_what, damage) => {
  expect(() => parseLock(damage(formatLock(lock)))).toThrow(/packages.lock.json .*\.\/panos lock/);
});

test('a set is named by its content, whatever its order', () => {
  const other = { ...one, sha256: 'b'.repeat(64) };
  expect(setKey([one, other])).toBe(setKey([other, one]));
  expect(setKey([one])).not.toBe(setKey([one, other]));
});

test('the committed lock file holds everything that is wanted', async () => {
  const committed = await readLock();
  for (const [name, { requested }] of Object.entries(wanted)) {
    const names = committed.sets[name as keyof typeof wanted].map((of) => of.name);
    expect(names).toEqual(expect.arrayContaining([...requested]));
    expect(new Set(names).size).toBe(names.length);
  }
});

test('a renewal tells what changed', () => {
  const added = { ...one, name: 'added', version: '1' };
  const after = { ...lock, sets: { ...lock.sets, tools: [{ ...one, version: '2' }, added] } };
  expect(changes(lock, after)).toEqual(['added 1 is new', 'libstdc++6 1:2.0~rc1+b2-3 → 2']);
  expect(changes(after, { ...lock, sets: { ...lock.sets, tools: [] } })).toContain('added 1 is no longer needed');
  expect(changes(lock, lock)).toEqual([]);
});
