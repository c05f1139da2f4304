import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../host/lib/progress.ts';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import { overlayDisk } from '../disk/disk.ts';
import type { Driver, MachineSpec } from '../machine/contract.ts';
import type { Profile } from '../machine/profile.ts';
import type { Subject } from './subject.ts';

/** What all measurements are made with. */
export interface Bench {
  readonly toolbox: Toolbox;
  readonly driver: Driver;
  readonly acceleration: 'kvm' | 'tcg';
  readonly profile: Profile;
  /** Measured as well where there is a yardstick or start-up to compare: the other firmware. */
  readonly uefiProfile: Profile | undefined;
  readonly panos: Subject;
  /** Undefined where it cannot be built. */
  readonly debian: Subject | undefined;
  /** How often everything is measured. */
  readonly runs: number;
  /** An empty folder; somebody else removes it. */
  readonly directory: string;
  readonly progress: Progress;
}

/** Seconds within which everything with a machine must have happened, also on a host that is busy. */
export const patience = 120;

let machines = 0;

/** A machine that nobody has used: a name, a folder and a disk of its own. */
export async function freshMachine(bench: Bench, subject: Subject, profile = bench.profile): Promise<MachineSpec> {
  machines += 1;
  const name = `bench-${process.pid}-${machines}`;
  const directory = join(bench.directory, name);
  await mkdir(directory);
  const disk = await overlayDisk(bench.toolbox, subject.disk, join(directory, 'disk.qcow2'));
  return { name, profile, disk, directory, acceleration: bench.acceleration };
}
