import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deadline } from '../../../host/lib/deadline.ts';
import { Failure, usageFailure } from '../../../host/lib/failure.ts';
import {
  type Availability,
  type Capability,
  capabilities,
  type Driver,
  type MachineSpec,
  type SavedState,
} from '../contract.ts';
import type { Profile } from '../profile.ts';
import { networkCards } from '../require.ts';
import { FakeMachine, type FakeState } from './fake-machine.ts';
import type { MakeGuest } from './guest.ts';

/** There is no network that a machine in memory could hang on. */
const offered = capabilities.filter((capability) => capability !== 'network-tap');

/** What the input devices of a profile add or lack. */
const missingWithout: Readonly<Record<Profile['input'], readonly Capability[]>> = {
  virtio: [],
  usb: ['touch'],
  ps2: ['touch', 'pointer-absolute'],
};

/** A driver in memory, for tests of what stands on the machine contract. Its machines run a guest in TypeScript. */
export class FakeDriver implements Driver {
  readonly name = 'fake';
  readonly capabilities: ReadonlySet<Capability> = new Set(offered);
  readonly #makeGuest: MakeGuest;
  readonly #names = new Set<string>();
  /** Contents of disks, by path. */
  readonly #disks = new Map<string, Map<string, string>>();
  #nextPort = 40_000;

  constructor(makeGuest: MakeGuest) {
    this.#makeGuest = makeGuest;
  }

  async availability(): Promise<Availability> {
    return { available: true };
  }

  /** Names that machines have now. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  async create(spec: MachineSpec): Promise<FakeMachine> {
    const disk = this.#disks.get(spec.disk.path) ?? new Map();
    this.#disks.set(spec.disk.path, disk);
    return this.#make(spec, disk);
  }

  async restore(spec: MachineSpec, state: SavedState, _deadline: Deadline): Promise<FakeMachine> {
    const saved = await readState(state);
    if (saved.profile.input !== spec.profile.input || saved.profile.disk !== spec.profile.disk) {
      throw new Failure(`the saved state ${state.directory} is of a machine with other hardware`);
    }
    if (saved.networkCards !== networkCards(spec)) {
      throw new Failure(`the saved state ${state.directory} is of a machine with ${saved.networkCards} network cards`);
    }
    const machine = this.#make(spec, new Map(saved.disk));
    machine.startFrom(saved.memory);
    return machine;
  }

  #make(spec: MachineSpec, disk: Map<string, string>): FakeMachine {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(spec.name)) throw usageFailure(`"${spec.name}" is no machine name`);
    if (this.#names.has(spec.name)) throw new Failure(`a machine named ${spec.name} is in use already`);
    this.#names.add(spec.name);
    const missing = new Set(missingWithout[spec.profile.input]);
    return new FakeMachine(spec, {
      capabilities: new Set(offered.filter((capability) => !missing.has(capability))),
      makeGuest: this.#makeGuest,
      disk,
      forwards: (spec.forwards ?? []).map(({ guestPort, hostPort }) => ({
        guestPort,
        hostPort: hostPort === 0 ? this.#nextPort++ : hostPort,
      })),
      release: () => this.#names.delete(spec.name),
    });
  }
}

async function readState({ directory }: SavedState): Promise<FakeState> {
  try {
    return JSON.parse(await readFile(join(directory, 'fake-state.json'), 'utf8')) as FakeState;
  } catch (cause) {
    throw new Failure(`${directory} holds no saved machine state: save one first`, 1, { cause });
  }
}
