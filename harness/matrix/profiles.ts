import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { Failure, usageFailure } from '../../host/lib/failure.ts';
import { repository } from '../../host/lib/paths.ts';
import type { Driver } from '../machine/contract.ts';
import type { Profile } from '../machine/profile.ts';
import { closest } from './closest.ts';

/** Where the profiles are. */
export const matrixDirectory = join(repository, 'vm-matrix');
/** The profile of who names none. */
export const defaultProfile = 'q35-virtio-bios';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));

/** A profile file: {@link Profile} without its name, which is the file's. */
const profileFile = v.pipe(
  v.strictObject({
    description: v.pipe(v.string(), v.minLength(1)),
    hypervisor: v.picklist(['qemu', 'virtualbox', 'hyperv', 'vmware']),
    chipset: v.picklist(['q35', 'i440fx']),
    firmware: v.picklist(['uefi', 'bios']),
    disk: v.picklist(['virtio-blk', 'virtio-scsi', 'ide', 'ahci', 'pvscsi', 'nvme']),
    network: v.picklist(['virtio-net', 'e1000', 'e1000e', 'pcnet', 'rtl8139', 'vmxnet3', 'tulip']),
    display: v.picklist(['virtio-gpu', 'std', 'vmware', 'cirrus']),
    input: v.picklist(['virtio', 'usb', 'ps2']),
    processors: v.pipe(positive, v.maxValue(64)),
    memory: v.pipe(positive, v.minValue(64)),
  }),
  v.forward(
    v.check(
      ({ chipset, disk }) => chipset === 'i440fx' || disk !== 'ide',
      'a q35 has no IDE controller: use "ahci", or the chipset "i440fx"',
    ),
    ['disk'],
  ),
);

/**
 * Reads one profile.
 * @throws Failure (usage) for an unknown name, with the known ones and the closest; Failure for a broken file, naming the
 *   file and the field.
 */
export async function loadProfile(name: string, directory = matrixDirectory): Promise<Profile> {
  const names = await profileNames(directory);
  if (!names.includes(name)) throw usageFailure(unknownName('profile', name, names));
  return parseProfile(join(directory, `${name}.json`), await readFile(join(directory, `${name}.json`), 'utf8'));
}

/** All profiles, by name. */
export async function listProfiles(directory = matrixDirectory): Promise<readonly Profile[]> {
  return await Promise.all((await profileNames(directory)).map((name) => loadProfile(name, directory)));
}

/** Names of all profiles, sorted. */
export const profileNames = (directory = matrixDirectory): Promise<string[]> => jsonNames(directory);

/** @throws Failure naming the file and the field. */
export function parseProfile(path: string, text: string): Profile {
  return { name: basename(path, '.json'), ...parseFile(profileFile, path, text) };
}

/**
 * Why scenarios of this profile cannot run here, in one sentence; undefined when they can. A hypervisor is known by its driver.
 */
export async function unavailableReason(
  profile: Profile,
  ...drivers: readonly Pick<Driver, 'name' | 'availability'>[]
): Promise<string | undefined> {
  const driver = drivers.find(({ name }) => name === profile.hypervisor);
  if (driver === undefined) {
    return `the profile ${profile.name} needs ${hypervisorNames[profile.hypervisor]}, for which there is no driver here`;
  }
  const availability = await driver.availability();
  return availability.available ? undefined : availability.reason;
}

const hypervisorNames: Readonly<Record<Profile['hypervisor'], string>> = {
  qemu: 'QEMU',
  virtualbox: 'VirtualBox',
  hyperv: 'Hyper-V',
  vmware: 'VMware',
};

/** Names of the JSON files in a folder; empty when there is no such folder. */
export async function jsonNames(directory: string): Promise<string[]> {
  const entries = await readdir(directory).catch(() => []);
  return entries
    .filter((entry) => entry.endsWith('.json'))
    .map((entry) => basename(entry, '.json'))
    .sort();
}

/** The sentence for a name that is none. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const guess = closest(name, known);
  const question = guess === undefined ? '' : `; did you mean ${guess}?`;
  return `there is no ${kind} "${name}"${question} Known are ${known.join(', ')}`.replace('" Known', '"; known');
}

/** @throws Failure naming the file and, for a wrong value, the field. */
export function parseFile<T>(schema: v.GenericSchema<unknown, T>, path: string, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Failure(`${path} is no JSON: ${(cause as Error).message}`, 1, { cause });
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  throw new Failure(`${path}: ${field === null ? '' : `field "${field}": `}${issue.message}`);
}
