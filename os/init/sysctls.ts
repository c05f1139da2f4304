import { writeFileSync } from 'node:fs';

/** Kernel parameters below /proc/sys, with why. Linux 6.12, Documentation/admin-guide/sysctl/. */
export const sysctls: Readonly<Record<string, string>> = {
  // PID 1 forwards the kernel's records to the consoles, whole lines at a time; the kernel itself only cries for help.
  'kernel/printk': '1 4 1 4',
  // A hypervisor's wish to power off (Hyper-V and others) runs this. The kernel splits it at blanks and knows no quoting.
  'kernel/poweroff_cmd': "/bin/node -e process.kill(1,'SIGTERM')",
  // A kernel that is in an unknown state must not go on writing to disks.
  'kernel/panic_on_oops': '1',
  'kernel/dmesg_restrict': '1',
  'kernel/kptr_restrict': '1',
  // Only sync, remount read-only and reboot are left of the magic keys.
  'kernel/sysrq': '176',
  // Nobody may plant links or pipes for others in shared folders.
  'fs/protected_symlinks': '1',
  'fs/protected_hardlinks': '1',
  'fs/protected_fifos': '1',
  'fs/protected_regular': '2',
  'fs/suid_dumpable': '0',
};

/** Sets every parameter; one sentence for each that could not be set. */
export function applySysctls(table: Readonly<Record<string, string>>): readonly string[] {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(table)) {
    try {
      writeFileSync(`/proc/sys/${name}`, value);
    } catch (error) {
      problems.push(`kernel parameter ${name} keeps its value: ${(error as Error).message}`);
    }
  }
  return problems;
}
