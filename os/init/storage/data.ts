import { MS_NODEV, MS_NOSUID } from '../../syscall/abi/mount.ts';
import type { Kernel } from '../../syscall/kernel.ts';
import type { Logger } from '../log/journal.ts';
import type { BlockDevice } from './block-devices.ts';

const dataPartition = 'panos-data';

/** Mounts the data partition at /data. Whatever its state is, there is a writable /data afterwards if at all possible. */
export async function mountData(kernel: Kernel, devices: readonly BlockDevice[], log: Logger): Promise<void> {
  const data = devices.find(({ partitionName }) => partitionName === dataPartition);
  const flags = MS_NOSUID | MS_NODEV;
  if (data === undefined) {
    log.warning('there is no data partition: what is written to /data lasts until the machine is switched off');
    return kernel.mount({ source: 'data', target: '/data', type: 'tmpfs', flags, data: 'mode=755,size=25%' });
  }
  kernel.mount({ source: data.path, target: '/data', type: 'ext4', flags });
}
