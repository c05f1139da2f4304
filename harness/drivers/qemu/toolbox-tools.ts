import type { Toolbox } from '../../../host/toolbox/toolbox.ts';
import type { QemuTools } from './tools.ts';

/** QEMU and its firmware out of the toolbox. */
export async function qemuFromToolbox(toolbox: Toolbox): Promise<QemuTools> {
  return {
    command: await toolbox.argv('qemu-system-x86_64'),
    image: await toolbox.argv('qemu-img'),
    firmware: {
      uefiCode: toolbox.path('usr/share/OVMF/OVMF_CODE_4M.fd'),
      uefiVars: toolbox.path('usr/share/OVMF/OVMF_VARS_4M.fd'),
    },
    dataDirectories: [toolbox.path('usr/share/qemu'), toolbox.path('usr/share/seabios')],
    environment: toolbox.environment,
  };
}
