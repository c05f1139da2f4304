import { readFile } from 'node:fs/promises';
import type { QemuTools } from './tools.ts';

/**
 * QEMU for the driver's own tests: as a JSON file that `PANOS_QEMU_TOOLS` names describes it, or the distribution's
 * (Debian: qemu-system-x86, qemu-utils, ovmf).
 */
export async function toolsForTests(): Promise<QemuTools> {
  const path = process.env['PANOS_QEMU_TOOLS'];
  if (path !== undefined) return JSON.parse(await readFile(path, 'utf8')) as QemuTools;
  return {
    command: ['qemu-system-x86_64'],
    image: ['qemu-img'],
    firmware: { uefiCode: '/usr/share/OVMF/OVMF_CODE_4M.fd', uefiVars: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
    dataDirectories: [],
  };
}
