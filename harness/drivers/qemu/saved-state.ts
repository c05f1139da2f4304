import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomically } from '../../../host/lib/atomic-file.ts';
import type { Deadline } from '../../../host/lib/deadline.ts';
import { Failure } from '../../../host/lib/failure.ts';
import { LabError, type MachineSpec, type SavedState } from '../../machine/contract.ts';
import type { Profile } from '../../machine/profile.ts';
import { networkCards } from '../../machine/require.ts';
import type { QmpClient } from './qmp.ts';

/** What must be equal between the saved machine and a restored one, because QEMU's device state depends on it. */
type Hardware = Pick<MachineSpec, 'profile' | 'acceleration' | 'kernel' | 'watchdog' | 'cdrom' | 'seed'>;

/** Device state does not tell what a network card hangs on, only that the card is there. */
const savedCards = v.optional(v.number(), 1);

const description = v.object({
  format: v.literal(1),
  qemu: v.string(),
  networkCards: savedCards,
  hardware: v.custom<Hardware>((value) => typeof value === 'object' && value !== null),
});
type Description = v.InferOutput<typeof description>;

const files = {
  memory: 'memory.bin',
  disk: 'disk.qcow2',
  uefiVars: 'uefi-vars.fd',
  description: 'state.json',
} as const;

/**
 * Mapped RAM gives each page its own place in the file: zero pages are holes, and loading is one pass of reads without a
 * parser in between (QEMU, docs/devel/migration/mapped-ram.rst).
 */
const migrationCapabilities = [
  { capability: 'events', state: true },
  { capability: 'mapped-ram', state: true },
];

/** QEMU's own limit, 128 MiB/s, is meant for networks. */
const saveBytesPerSecond = 16 * 1024 ** 3;

/**
 * Saves a machine that stands still (`stop`). The disk is copied by QEMU itself: only the clusters of the top image, onto the
 * same image beneath, so the state stays valid whatever happens to the machine's own disk later.
 */
export async function save(
  qmp: QmpClient,
  spec: MachineSpec,
  uefiVars: string | undefined,
  directory: string,
  qemuVersion: string,
  deadline: Deadline,
): Promise<SavedState> {
  await mkdir(directory, { recursive: true });
  const occupied = await readDescription(directory).then(
    () => true,
    () => false,
  );
  // Machines may run on top of it.
  if (occupied) throw new LabError(`${directory} holds a saved state already: remove it, or save into another folder`);
  await copyDisk(qmp, join(directory, files.disk), deadline);
  await qmp.execute('migrate-set-capabilities', { capabilities: migrationCapabilities });
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': saveBytesPerSecond });
  const saved = migrationEnd(qmp, 'saving the memory', deadline);
  saved.catch(() => {});
  await qmp.execute('migrate', { uri: `file:${join(directory, files.memory)}` });
  await saved;
  if (uefiVars !== undefined) await copyFile(uefiVars, join(directory, files.uefiVars));
  const { profile, acceleration, kernel, watchdog, cdrom, seed } = spec;
  const hardware = { profile, acceleration, kernel, watchdog, cdrom, seed };
  const content = { format: 1, qemu: qemuVersion, networkCards: networkCards(spec), hardware } satisfies Record<
    string,
    unknown
  >;
  const text = JSON.stringify(content, null, 2);
  // Last, so that a state with this file is a whole one.
  await writeFileAtomically(join(directory, files.description), text);
  return { directory };
}

/** A saved state, checked and ready to become a machine. */
export interface Restorable {
  /** The specification of the new machine: the saved hardware, the caller's name, folder and forwards. */
  readonly spec: MachineSpec;
  /** Image to put an overlay on. */
  readonly disk: string;
  readonly uefiVars: string | undefined;
  readonly memory: string;
}

/**
 * @throws Failure when the folder holds no whole state, or one of another profile or another QEMU.
 */
export async function load(state: SavedState, spec: MachineSpec, qemuVersion: string): Promise<Restorable> {
  const saved = await readDescription(state.directory);
  if (saved.qemu !== qemuVersion) {
    throw new Failure(
      `the saved state ${state.directory} was made by QEMU ${saved.qemu}, not ${qemuVersion}: save it again`,
    );
  }
  const difference = differentHardware(saved.hardware.profile, spec.profile);
  if (difference !== undefined || saved.hardware.acceleration !== spec.acceleration) {
    const what = difference ?? 'acceleration';
    throw new Failure(
      `the saved state ${state.directory} is of a machine with another ${what}: save one for this profile`,
    );
  }
  if (saved.networkCards !== networkCards(spec)) {
    throw new Failure(
      `the saved state ${state.directory} is of a machine with ${saved.networkCards} network cards: save another one`,
    );
  }
  const disk = join(state.directory, files.disk);
  return {
    spec: { ...spec, ...saved.hardware, disk: { path: join(spec.directory, 'restored-disk.qcow2'), format: 'qcow2' } },
    disk,
    uefiVars: spec.profile.firmware === 'uefi' ? join(state.directory, files.uefiVars) : undefined,
    memory: join(state.directory, files.memory),
  };
}

/** Loads memory and devices into a QEMU that waits for them (`-incoming defer`). It stands still afterwards. */
export async function loadMemory(qmp: QmpClient, memory: string, deadline: Deadline): Promise<void> {
  await qmp.execute('migrate-set-capabilities', { capabilities: migrationCapabilities });
  const loaded = migrationEnd(qmp, 'loading the memory', deadline);
  loaded.catch(() => {});
  await qmp.execute('migrate-incoming', { uri: `file:${memory}` });
  await loaded;
}

async function readDescription(directory: string): Promise<Description> {
  const path = join(directory, files.description);
  try {
    await stat(join(directory, files.memory));
    return v.parse(description, JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new Failure(`${directory} holds no saved machine state: save one first`, 1, { cause });
  }
}

/** The first field in which two profiles differ as hardware; names and descriptions are none. */
function differentHardware(saved: Profile, wanted: Profile): string | undefined {
  const { name: _name, description: _description, ...hardware } = wanted;
  return Object.keys(hardware).find((field) => saved[field as keyof Profile] !== wanted[field as keyof Profile]);
}

async function copyDisk(qmp: QmpClient, target: string, deadline: Deadline): Promise<void> {
  const done = qmp.event(
    ({ event, data }) => event === 'BLOCK_JOB_COMPLETED' && data['device'] === 'save-disk',
    'saving the disk',
    deadline,
  );
  done.catch(() => {});
  await qmp.execute('drive-backup', { 'job-id': 'save-disk', device: 'disk', target, format: 'qcow2', sync: 'top' });
  const { data } = await done;
  if (typeof data['error'] === 'string') throw new LabError(`the disk could not be saved: ${data['error']}`);
}

async function migrationEnd(qmp: QmpClient, what: string, deadline: Deadline): Promise<void> {
  const end = await qmp.event(
    ({ event, data }) => event === 'MIGRATION' && ['completed', 'failed', 'cancelled'].includes(String(data['status'])),
    what,
    deadline,
  );
  if (end.data['status'] === 'completed') return;
  const { 'error-desc': reason } = await qmp.execute('query-migrate');
  throw new LabError(`${what} failed: ${reason ?? 'QEMU gives no reason'}`);
}
