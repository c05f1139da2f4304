import { mkdirSync } from 'node:fs';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../syscall/abi/mount.ts';
import { type Kernel, type MountRequest, SystemCallError } from '../syscall/kernel.ts';

interface MountRow extends MountRequest {
  /** Its absence is normal on some machines and nothing to speak of. */
  readonly optional?: true;
  /** The mount point is made first; on the system's own read-only partition it must exist. */
  readonly make?: true;
}

const safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/** What is mounted before anything else, in order. The kernel mounts devtmpfs at /dev itself (CONFIG_DEVTMPFS_MOUNT). */
export const earlyMounts: readonly MountRow[] = [
  { source: 'proc', target: '/proc', type: 'proc', flags: safe },
  { source: 'sysfs', target: '/sys', type: 'sysfs', flags: safe },
  { source: 'run', target: '/run', type: 'tmpfs', flags: MS_NOSUID | MS_NODEV, data: 'mode=755,size=25%' },
  { source: 'tmp', target: '/tmp', type: 'tmpfs', flags: MS_NOSUID | MS_NODEV, data: 'mode=1777,size=50%' },
  {
    source: 'devpts',
    target: '/dev/pts',
    type: 'devpts',
    flags: MS_NOSUID | MS_NOEXEC,
    data: 'mode=620,ptmxmode=666',
    make: true,
  },
  { source: 'shm', target: '/dev/shm', type: 'tmpfs', flags: safe, data: 'mode=1777,size=50%', make: true },
  { source: 'cgroup2', target: '/sys/fs/cgroup', type: 'cgroup2', flags: safe, data: 'nsdelegate' },
  { source: 'efivarfs', target: '/sys/firmware/efi/efivars', type: 'efivarfs', flags: safe, optional: true },
  { source: 'securityfs', target: '/sys/kernel/security', type: 'securityfs', flags: safe, optional: true },
];

/** Mounts every row that can be mounted, and answers with one sentence for each that should have been and was not. */
export function mountAll(kernel: Kernel, rows: readonly MountRow[]): readonly string[] {
  const problems: string[] = [];
  for (const row of rows) {
    try {
      if (row.make === true) mkdirSync(row.target, { recursive: true });
      kernel.mount(row);
    } catch (error) {
      // EBUSY: mounted already.
      const mounted = error instanceof SystemCallError && error.code === 'EBUSY';
      if (!mounted && row.optional !== true) problems.push(`${row.target} is missing: ${(error as Error).message}`);
    }
  }
  return problems;
}
