import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomically } from '../../../host/lib/atomic-file.ts';
import { Failure, usageFailure } from '../../../host/lib/failure.ts';
import { LabError, type MachineSpec } from '../../machine/contract.ts';
import { identify, isAlive, killNow, type ProcessIdentity } from './host-process.ts';

const identity = v.object({ pid: v.number(), startTime: v.string() });
const claimFile = v.object({
  owner: identity,
  detached: v.boolean(),
  hypervisor: v.optional(identity),
  forwards: v.optional(v.array(v.object({ guestPort: v.number(), hostPort: v.number() }))),
  spec: v.custom<MachineSpec>((value) => typeof value === 'object' && value !== null),
});

/** Who has a machine's name, and enough to find the machine again. */
export interface ClaimRecord {
  readonly owner: ProcessIdentity;
  /** Whether the machine outlives its owner. */
  readonly detached: boolean;
  readonly hypervisor?: ProcessIdentity | undefined;
  readonly forwards?: readonly { readonly guestPort: number; readonly hostPort: number }[] | undefined;
  readonly spec: MachineSpec;
}

/** Longest path of a unix socket, in bytes without the ending NUL (unix(7)). */
const longestSocketPath = 107;

/**
 * A name, taken. It is a folder (for the machine's sockets) that appears complete, with its record inside, or not at
 * all: two processes that ask for one name at the same instant cannot both get it.
 */
export class NameClaim {
  readonly directory: string;
  #record: ClaimRecord;
  #released = false;

  private constructor(directory: string, record: ClaimRecord) {
    this.directory = directory;
    this.#record = record;
  }

  /**
   * Takes a name. What a dead owner left behind is removed first, its QEMU included.
   * @throws Failure when a living process has the name, or it is none.
   */
  static async take(runtime: string, spec: MachineSpec, detached: boolean): Promise<NameClaim> {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(spec.name)) {
      throw usageFailure(`"${spec.name}" is no machine name: use lower-case letters, digits and hyphens`);
    }
    const directory = join(runtime, spec.name);
    if (Buffer.byteLength(join(directory, 'monitor-0.sock')) > longestSocketPath) {
      throw usageFailure(`the machine name ${spec.name} is too long for a socket path below ${runtime}`);
    }
    const owner = await identify(process.pid);
    if (owner === undefined) throw new LabError('this process cannot be found in /proc');
    await mkdir(runtime, { recursive: true, mode: 0o700 });
    const record: ClaimRecord = { owner, detached, spec };
    for (;;) {
      if (await appear(runtime, directory, record)) return new NameClaim(directory, record);
      await removeIfStale(runtime, directory, spec.name);
    }
  }

  /** The record of a name that is taken, or undefined. */
  static async read(runtime: string, name: string): Promise<ClaimRecord | undefined> {
    return await readRecord(join(runtime, name));
  }

  /** Removes what a dead owner left behind under this name; does nothing while the name is in use. */
  static async removeStale(runtime: string, name: string): Promise<void> {
    await removeIfStale(runtime, join(runtime, name), name).catch((error) => {
      if (!(error instanceof Failure)) throw error;
    });
  }

  /** Names that are taken, also by the dead. */
  static async names(runtime: string): Promise<string[]> {
    const entries = await readdir(runtime).catch(() => []);
    return entries.filter((entry) => !entry.startsWith('.'));
  }

  /** Notes which process is the machine. */
  async update(change: Pick<ClaimRecord, 'hypervisor' | 'forwards'>): Promise<void> {
    this.#record = { ...this.#record, ...change };
    await writeFileAtomically(join(this.directory, 'machine.json'), JSON.stringify(this.#record, null, 2));
  }

  /** Gives the name back, once: it may be somebody else's afterwards. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Renaming a folder onto one that is not empty fails: that is the lock. */
async function appear(runtime: string, directory: string, record: ClaimRecord): Promise<boolean> {
  const prepared = await mkdtemp(join(runtime, '.claim-'));
  try {
    await writeFileAtomically(join(prepared, 'machine.json'), JSON.stringify(record, null, 2));
    await rename(prepared, directory);
    return true;
  } catch (error) {
    await rm(prepared, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfStale(runtime: string, directory: string, name: string): Promise<void> {
  const record = await readRecord(directory);
  if (record !== undefined) {
    const machineLives = record.hypervisor !== undefined && (await isAlive(record.hypervisor));
    const ownerLives = await isAlive(record.owner);
    if (record.detached ? machineLives || ownerLives : ownerLives) {
      throw new Failure(
        `a machine named ${name} is in use already (process ${record.hypervisor?.pid ?? record.owner.pid}): ` +
          'stop it with "./panos down", or choose another name',
      );
    }
    if (machineLives && record.hypervisor !== undefined) await killNow(record.hypervisor);
  }
  // Moved aside before it is removed, so that of two cleaners only one removes, and never a newer claim.
  const aside = await mkdtemp(join(runtime, '.stale-'));
  await rename(directory, join(aside, 'claim')).catch(() => {});
  await rm(aside, { recursive: true, force: true });
}

async function readRecord(directory: string): Promise<ClaimRecord | undefined> {
  try {
    const text = await readFile(join(directory, 'machine.json'), 'utf8');
    return v.parse(claimFile, JSON.parse(text));
  } catch {
    return undefined;
  }
}
