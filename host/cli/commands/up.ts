import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { overlayDisk } from '../../../harness/disk/disk.ts';
import type { QemuDriver } from '../../../harness/drivers/qemu/driver.ts';
import { SerialConsole } from '../../../harness/guest/serial-console.ts';
import type { Machine, MachineSpec } from '../../../harness/machine/contract.ts';
import { loadProfile, unavailableReason } from '../../../harness/matrix/profiles.ts';
import type { Image } from '../../../os/image/build.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';
import { Deadline, DeadlineError } from '../../lib/deadline.ts';
import { Failure, machineFailure } from '../../lib/failure.ts';
import { buildDirectory } from '../../lib/paths.ts';
import type { Progress } from '../../lib/progress.ts';
import { attachToConsole } from '../attach.ts';
import { currentImage } from '../image.ts';
import { acceleration, type Lab, openLab } from '../lab.ts';
import { terminalProgress } from '../terminal-progress.ts';

interface UpOptions {
  readonly profile: string;
  readonly name?: string;
  readonly detach?: true;
  readonly fresh?: true;
  readonly accel: 'auto' | 'kvm' | 'tcg';
}

/** Seconds that a start may take before something is wrong, also on a machine that emulates and is busy. */
const patience = 120;

export function addUp(program: Command): void {
  program
    .command('up')
    .description('boot the OS (building what is missing) and say how to reach it')
    .option('--profile <name>', 'the hardware: a file of vm-matrix/', 'q35-virtio-bios')
    .option('--name <name>', 'the name of the machine (default: that of the profile)')
    .option('--detach', 'leave the machine running and return')
    .option('--fresh', 'start with an empty data partition; the old disk is kept aside')
    .addOption(new Option('--accel <how>', 'acceleration').choices(['auto', 'kvm', 'tcg']).default('auto'))
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const progress = terminalProgress();
  const profile = await loadProfile(options.profile);
  const lab = await openLab(progress, options.detach ?? false);
  const reason = await unavailableReason(profile, lab.driver);
  if (reason !== undefined) throw machineFailure(`This machine cannot be started: ${reason}.`);
  const name = options.name ?? (await freeName(profile.name, lab.driver));
  const image = await currentImage(progress);
  const accel = await acceleration(options.accel, lab, progress);

  const directory = join(buildDirectory, 'machines', name);
  await mkdir(directory, { recursive: true });
  const spec: MachineSpec = {
    name,
    profile,
    disk: { path: join(directory, 'disk.qcow2'), format: 'qcow2' },
    directory,
    acceleration: accel,
    // For a server of the guest's that people log in to; the hypervisor picks the port.
    forwards: [{ guestPort: 22, hostPort: 0 }],
  };
  const machine = await lab.driver.create(spec);
  try {
    await prepareDisk(image, lab, directory, options.fresh ?? false, progress);
    await boot(machine, progress);
    tell(machine, options.detach ?? false);
    if (options.detach) return;
    await stayAttached(machine, progress);
  } finally {
    await machine[Symbol.asyncDispose]();
  }
}

/** The profile's name, or that with a number behind it when it is taken. */
async function freeName(profile: string, driver: QemuDriver): Promise<string> {
  const taken = new Set((await driver.list()).map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? profile : `${profile}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** The machine's disk lives as long as its image; when either is replaced, the old one is moved aside, never deleted. */
async function prepareDisk(
  image: Image,
  lab: Lab,
  directory: string,
  fresh: boolean,
  progress: Progress,
): Promise<void> {
  const disk = join(directory, 'disk.qcow2');
  const madeFrom = join(directory, 'disk.image');
  const previous = await readFile(madeFrom, 'utf8').catch(() => undefined);
  const present = await access(disk).then(
    () => true,
    () => false,
  );
  if (present && previous === image.key && !fresh) return;
  if (present) {
    const aside = join(directory, `disk.${new Date().toISOString().replaceAll(':', '')}.qcow2`);
    await rename(disk, aside);
    progress.note(`${fresh ? 'As asked' : 'The image has changed'}: starting with a new disk, the old one is ${aside}`);
  }
  await overlayDisk(lab.toolbox, image.disk, disk);
  await writeFileAtomically(madeFrom, image.key);
}

async function boot(machine: Machine, progress: Progress): Promise<void> {
  const deadline = Deadline.in(patience);
  try {
    await progress.step(
      `Booting ${machine.name}`,
      async () => {
        await machine.start(deadline);
        await new SerialConsole(machine).waitForText(/panos init: (ready|safe mode):? /, deadline);
      },
      6,
    );
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    const last = machine.serial.history.trimEnd().split('\n').slice(-3).join(' / ').trim();
    throw new Failure(`The machine did not get ready within ${patience} s; it last said: ${last || 'nothing'}`);
  }
}

function tell(machine: Machine, detached: boolean): void {
  const directory = machine.spec.directory;
  const named = machine.name === machine.spec.profile.name ? '' : ` --name ${machine.name}`;
  const lines = [
    '',
    `${machine.name} is up (${machine.spec.profile.description}).`,
    '',
    `  console      ./panos console${named}`,
    `  screen       ./panos screenshot screen.png${named}`,
    `  keyboard     ./panos key Enter${named}   ./panos type help${named}`,
    `  serial log   ${join(directory, 'serial.log')}`,
    `  stop         ./panos down${named}`,
    '',
    ...(detached ? [] : ['This terminal is the console. Ctrl+] leaves it and shuts the machine down.', '']),
  ];
  process.stderr.write(lines.join('\n'));
}

async function stayAttached(machine: Machine, progress: Progress): Promise<void> {
  const how = await attachToConsole(machine, 200);
  if (how === 'machine-off') return progress.note('The machine is off.');
  await progress.step('Shutting the machine down', () => shutDown(machine));
}

/** As a person would: the power button first, the plug when that does not help. */
export async function shutDown(machine: Machine): Promise<void> {
  try {
    await machine.pressPowerButton();
    await machine.stopped(Deadline.in(20));
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    await machine.cutPower();
  }
}
