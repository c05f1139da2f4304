import { copyFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { Deadline } from '../../../host/lib/deadline.ts';
import { machineFailure } from '../../../host/lib/failure.ts';
import { runtimeDirectory } from '../../../host/lib/paths.ts';
import {
  type Availability,
  type Capability,
  capabilities,
  type Driver,
  LabError,
  type Machine,
  type MachineSpec,
  type SavedState,
} from '../../machine/contract.ts';
import { AttachedMachine } from './attached-machine.ts';
import { type ClaimRecord, NameClaim } from './claim.ts';
import { isAlive } from './host-process.ts';
import { type MachineParts, QemuMachine } from './machine.ts';
import { load } from './saved-state.ts';
import { OwnedSerialLine } from './serial.ts';
import type { QemuTools } from './tools.ts';

export interface QemuDriverOptions {
  /** Machines outlive this process: disposing lets go of them. Default: they die with it. */
  readonly detached?: boolean;
  /** Folder of names and sockets; default {@link runtimeDirectory}. */
  readonly runtime?: string;
}

/** A machine as found by {@link QemuDriver.list}. */
export interface RunningMachine extends ClaimRecord {
  readonly name: string;
}

/** Drives QEMU over QMP. */
export class QemuDriver implements Driver {
  readonly name = 'qemu';
  readonly capabilities: ReadonlySet<Capability> = new Set(capabilities);
  readonly #tools: QemuTools;
  readonly #detached: boolean;
  readonly #runtime: string;
  #version: Promise<string> | undefined;

  constructor(tools: QemuTools, options: QemuDriverOptions = {}) {
    this.#tools = tools;
    this.#detached = options.detached ?? false;
    this.#runtime = options.runtime ?? runtimeDirectory;
  }

  async availability(): Promise<Availability> {
    try {
      await this.version();
      return { available: true };
    } catch (error) {
      return { available: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /**
   * QEMU's version, `10.0.13`.
   * @throws Failure (machine) when it cannot be run.
   */
  async version(): Promise<string> {
    this.#version ??= askVersion(this.#tools);
    return await this.#version;
  }

  async create(spec: MachineSpec): Promise<Machine> {
    return await this.#make(spec);
  }

  async restore(spec: MachineSpec, state: SavedState, deadline: Deadline): Promise<Machine> {
    if (spec.directory === state.directory) throw new LabError('a restored machine needs a folder of its own');
    const restorable = await load(state, spec, await this.version());
    const machine = await this.#make(restorable.spec);
    try {
      await this.#createOverlay(restorable.spec.disk.path, restorable.disk);
      if (restorable.uefiVars !== undefined) await copyFile(restorable.uefiVars, `${spec.directory}/uefi-vars.fd`);
      await machine.startFrom(restorable, deadline);
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * A machine that another process started, detached or not.
   * @throws Failure (usage) when no machine of that name runs.
   */
  async attach(name: string, deadline: Deadline): Promise<Machine> {
    return await AttachedMachine.attach(this.#runtime, name, await this.version(), deadline);
  }

  /** The running machines of this checkout; forgets dead ones on the way. */
  async list(): Promise<readonly RunningMachine[]> {
    const running: RunningMachine[] = [];
    for (const name of await NameClaim.names(this.#runtime)) {
      await NameClaim.removeStale(this.#runtime, name);
      const record = await NameClaim.read(this.#runtime, name);
      if (record?.hypervisor !== undefined && (await isAlive(record.hypervisor))) running.push({ name, ...record });
    }
    return running;
  }

  async #make(spec: MachineSpec): Promise<QemuMachine> {
    const qemuVersion = await this.version();
    const claim = await NameClaim.take(this.#runtime, spec, this.#detached);
    const parts: MachineParts = { tools: this.#tools, qemuVersion, claim, detached: this.#detached };
    return new QemuMachine(spec, parts, new OwnedSerialLine());
  }

  async #createOverlay(path: string, backing: string): Promise<void> {
    const [program = '', ...words] = this.#tools.image;
    const arguments_ = [...words, 'create', '-q', '-f', 'qcow2', '-b', backing, '-F', 'qcow2', path];
    const result = await execa(program, arguments_, { reject: false, env: { ...this.#tools.environment } });
    if (result.failed) throw new LabError(`qemu-img could not make ${path}: ${result.stderr || result.message}`);
  }
}

async function askVersion(tools: QemuTools): Promise<string> {
  const [program = '', ...words] = tools.command;
  const result = await execa(program, [...words, '--version'], { reject: false, env: { ...tools.environment } });
  const version = /version (\d+\.\d+\.\d+)/.exec(result.stdout)?.[1];
  if (version === undefined) {
    const words = 'QEMU (qemu-system-x86_64) cannot be run on this machine: "./panos doctor" says how to get it';
    throw machineFailure(words, result.cause ?? result.stderr);
  }
  return version;
}
