import { expect, test } from 'vitest';
import { MS_NODEV, MS_NOSUID } from '../syscall/abi/mount.ts';
import { fakeKernel } from '../syscall/fake/kernel.ts';
import { earlyMounts, mountAll } from './mounts.ts';

const rows = earlyMounts.filter(({ make }) => make !== true);

test('everything is mounted, and nothing that everybody may write to takes devices or set-user-id programs', () => {
  const kernel = fakeKernel();
  expect(mountAll(kernel, rows)).toEqual([]);
  expect([...kernel.mounted.keys()]).toEqual(rows.map(({ target }) => target));
  for (const target of ['/tmp', '/run']) {
    expect((kernel.mounted.get(target)?.flags ?? 0) & (MS_NOSUID | MS_NODEV)).toBe(MS_NOSUID | MS_NODEV);
  }
});

test('what is mounted already or optional is passed over in silence; what is missing is named, and the rest goes on', () => {
  const kernel = fakeKernel();
  kernel.refuseMount('EBUSY', ({ target }) => target === '/proc');
  kernel.refuseMount('ENODEV', ({ type }) => type === 'efivarfs' || type === 'cgroup2');
  const problems = mountAll(kernel, rows);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^\/sys\/fs\/cgroup is missing: mount\(.*\) failed: ENODEV$/);
  expect(kernel.mounted.has('/tmp')).toBe(true);
});
