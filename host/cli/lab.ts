import { chooseAcceleration } from '../../harness/drivers/qemu/acceleration.ts';
import { QemuDriver } from '../../harness/drivers/qemu/driver.ts';
import { qemuFromToolbox } from '../../harness/drivers/qemu/toolbox-tools.ts';
import type { Progress } from '../lib/progress.ts';
import { openToolbox, type Toolbox } from '../toolbox/toolbox.ts';

/** What commands that run machines need. */
export interface Lab {
  readonly toolbox: Toolbox;
  readonly driver: QemuDriver;
}

/** @param detached whether machines outlive the command */
export async function openLab(progress: Progress, detached: boolean): Promise<Lab> {
  const toolbox = await openToolbox(progress);
  return { toolbox, driver: new QemuDriver(await qemuFromToolbox(toolbox), { detached }) };
}

/** The acceleration that was asked for, or the best that works; says which and why. */
export async function acceleration(
  asked: 'auto' | 'kvm' | 'tcg',
  lab: Lab,
  progress: Progress,
): Promise<'kvm' | 'tcg'> {
  const choice = await chooseAcceleration(asked, await qemuFromToolbox(lab.toolbox));
  progress.note(`Acceleration: ${choice.acceleration} (${choice.reason})`);
  return choice.acceleration;
}
