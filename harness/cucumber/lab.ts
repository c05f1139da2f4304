import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Deadline } from '../../host/lib/deadline.ts';
import { withLock } from '../../host/lib/lock.ts';
import { buildDirectory } from '../../host/lib/paths.ts';
import { silent } from '../../host/lib/progress.ts';
import { openToolbox, type Toolbox } from '../../host/toolbox/toolbox.ts';
import { overlayDisk } from '../disk/disk.ts';
import { chooseAcceleration } from '../drivers/qemu/acceleration.ts';
import { QemuDriver } from '../drivers/qemu/driver.ts';
import { qemuFromToolbox } from '../drivers/qemu/toolbox-tools.ts';
import { SerialConsole } from '../guest/serial-console.ts';
import { LabError, type MachineSpec, type SavedState } from '../machine/contract.ts';
import type { Profile } from '../machine/profile.ts';

/** The image under test, as the command line wrote it down. */
export interface ImageUnderTest {
  readonly disk: string;
  readonly sbom: string;
  readonly key: string;
  readonly directory: string;
  readonly kernel: { readonly image: string; readonly version: string };
}

/** What all scenarios of one worker process share. */
export interface Lab {
  readonly image: ImageUnderTest;
  readonly toolbox: Toolbox;
  readonly driver: QemuDriver;
  readonly acceleration: 'kvm' | 'tcg';
}

/** Seconds in which a machine must have become ready, with emulation, two processors and another machine beside it. */
export const bootPatience = 90;

let opened: Promise<Lab> | undefined;

/** The lab of this process. @throws LabError when no image was named */
export function openLab(): Promise<Lab> {
  opened ??= open();
  return opened;
}

async function open(): Promise<Lab> {
  const description = process.env['PANOS_IMAGE'];
  if (description === undefined) {
    throw new LabError('PANOS_IMAGE names no image: run the features with ./panos test acceptance');
  }
  const image = JSON.parse(await readFile(description, 'utf8')) as ImageUnderTest;
  const toolbox = await openToolbox(silent);
  const tools = await qemuFromToolbox(toolbox);
  const { acceleration } = await chooseAcceleration('auto', tools);
  return { image, toolbox, driver: new QemuDriver(tools), acceleration };
}

/**
 * A machine of this profile that has just become ready, saved; made by the first who asks, for all workers. Scenarios
 * start from it instead of booting.
 */
export async function readyState(lab: Lab, profile: Profile): Promise<SavedState> {
  const parent = join(buildDirectory, 'states');
  const version = await lab.driver.version();
  const directory = join(parent, `${lab.image.key}-${profile.name}-${lab.acceleration}-${version}`);
  await mkdir(parent, { recursive: true });
  return withLock(`${directory}.lock`, Deadline.in(2 * bootPatience), async () => {
    const marker = join(directory, 'complete');
    const present = await readFile(marker, 'utf8').catch(() => undefined);
    if (present === undefined) await makeReadyState(lab, profile, directory);
    return { directory };
  });
}

async function makeReadyState(lab: Lab, profile: Profile, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const origin = `${directory}.origin`;
  await rm(origin, { recursive: true, force: true });
  await mkdir(origin, { recursive: true });
  const spec: MachineSpec = {
    name: `state-${profile.name}`,
    profile,
    disk: await overlayDisk(lab.toolbox, lab.image.disk, join(origin, 'disk.qcow2')),
    directory: origin,
    acceleration: lab.acceleration,
  };
  await using machine = await lab.driver.create(spec);
  const deadline = Deadline.in(bootPatience);
  await machine.start(deadline);
  const console = new SerialConsole(machine);
  await console.waitForText(/panos init: ready: /, deadline);
  await console.waitForPrompt(deadline);
  await machine.saveState(directory, deadline);
  await writeFile(join(directory, 'complete'), '');
}
