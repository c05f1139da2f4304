import { createWriteStream, type WriteStream } from 'node:fs';
import { access, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Deadline } from '../../../host/lib/deadline.ts';
import { usageFailure } from '../../../host/lib/failure.ts';
import {
  type Capability,
  type Evidence,
  LabError,
  type Machine,
  type MachineSpec,
  type MachineState,
  type PortForward,
  type SavedState,
  type StopReason,
} from '../../machine/contract.ts';
import { requireCapability, requireNetworkCard } from '../../machine/require.ts';
import type { NameClaim } from './claim.ts';
import { commandLine, enterWords, type MachinePaths } from './command-line.ts';
import { capabilitiesOf } from './devices.ts';
import { parseForwards } from './forwards.ts';
import { QemuKeyboard, QemuPointer, QemuTouch } from './input.ts';
import { descriptors, spawnQemu } from './process.ts';
import { QmpClient, type QmpLog } from './qmp.ts';
import { Run } from './run.ts';
import { loadMemory, type Restorable, save } from './saved-state.ts';
import type { OwnedSerialLine, RecordedLine } from './serial.ts';
import type { QemuTools } from './tools.ts';

/** What a driver gives a machine of its own. */
export interface MachineParts {
  readonly tools: QemuTools;
  readonly qemuVersion: string;
  readonly claim: NameClaim;
  readonly detached: boolean;
}

/** Verbs that need no more than a running QEMU's monitor: shared by machines of this process and attached ones. */
export abstract class QemuMachineBase implements Machine {
  readonly name: string;
  readonly spec: MachineSpec;
  readonly capabilities: ReadonlySet<Capability>;
  readonly keyboard: QemuKeyboard;
  readonly pointer: QemuPointer;
  readonly touch: QemuTouch;
  abstract readonly serial: RecordedLine;
  abstract readonly forwards: readonly PortForward[];
  abstract readonly poweredOnAt: number | undefined;
  protected readonly qemuVersion: string;
  protected run: Run | undefined;
  #lastStop: StopReason | undefined;
  readonly #qmpLog: WriteStream;

  protected constructor(spec: MachineSpec, qemuVersion: string) {
    this.name = spec.name;
    this.spec = spec;
    this.qemuVersion = qemuVersion;
    this.capabilities = capabilitiesOf(spec.profile);
    const guard = (capability: Capability) => requireCapability(this, capability);
    const send = async (events: Parameters<ConstructorParameters<typeof QemuKeyboard>[0]>[0]) => {
      await this.running().qmp.execute('input-send-event', { events });
    };
    this.keyboard = new QemuKeyboard(send, guard);
    this.pointer = new QemuPointer(send, guard);
    this.touch = new QemuTouch(send, guard);
    this.#qmpLog = createWriteStream(join(spec.directory, 'qmp.log'), { flags: 'a' });
    this.#qmpLog.on('error', () => {});
  }

  abstract start(deadline: Deadline): Promise<void>;
  abstract [Symbol.asyncDispose](): Promise<void>;

  get state(): MachineState {
    if (this.run !== undefined) return this.run.paused ? 'paused' : 'running';
    return this.#lastStop === 'crashed' ? 'crashed' : 'off';
  }

  get processes(): readonly number[] {
    return this.run === undefined ? [] : [this.run.process.identity.pid];
  }

  async cutPower(): Promise<void> {
    await this.run?.cut();
  }

  async pressPowerButton(): Promise<void> {
    await this.running().qmp.execute('system_powerdown');
  }

  async reset(): Promise<void> {
    await this.running().qmp.execute('system_reset');
  }

  async pause(): Promise<void> {
    await this.running().qmp.execute('stop');
  }

  async resume(): Promise<void> {
    await this.running().qmp.execute('cont');
  }

  async stopped(deadline: Deadline): Promise<StopReason> {
    if (this.run !== undefined) return await this.run.stopped(deadline, this.name);
    if (this.#lastStop === undefined) throw new LabError(`machine ${this.name} was never started`);
    return this.#lastStop;
  }

  async rebooted(deadline: Deadline): Promise<void> {
    await this.running().qmp.event(({ event }) => event === 'RESET', `a reboot of machine ${this.name}`, deadline);
  }

  async screenshot(path: string): Promise<void> {
    await this.running().qmp.execute('screendump', { filename: resolve(path), format: 'png' });
  }

  async saveState(directory: string, deadline: Deadline): Promise<SavedState> {
    const run = this.running();
    const wasPaused = run.paused;
    await run.qmp.execute('stop');
    try {
      const vars = this.spec.profile.firmware === 'uefi' ? this.uefiVars : undefined;
      return await save(run.qmp, this.spec, vars, resolve(directory), this.qemuVersion, deadline);
    } finally {
      if (!wasPaused && this.run === run) await run.qmp.execute('cont');
    }
  }

  async setLink(index: number, up: boolean): Promise<void> {
    requireNetworkCard(this.spec, index);
    await this.running().qmp.execute('set_link', { name: `nic${index}`, up });
  }

  async evidence(): Promise<readonly Evidence[]> {
    const screen = join(this.spec.directory, 'screen.png');
    if (this.run !== undefined) await this.screenshot(screen).catch(() => {});
    const candidates: readonly Evidence[] = [
      { name: 'serial log', mediaType: 'text/plain', path: this.serialLog },
      { name: 'screen', mediaType: 'image/png', path: screen },
      { name: 'QMP log', mediaType: 'text/plain', path: join(this.spec.directory, 'qmp.log') },
      { name: 'QEMU log', mediaType: 'text/plain', path: this.qemuLog },
    ];
    const present = await Promise.all(
      candidates.map((file) =>
        access(file.path).then(
          () => true,
          () => false,
        ),
      ),
    );
    return candidates.filter((_, index) => present[index]);
  }

  protected get serialLog(): string {
    return join(this.spec.directory, 'serial.log');
  }

  protected get qemuLog(): string {
    return join(this.spec.directory, 'qemu.log');
  }

  protected get uefiVars(): string {
    return join(this.spec.directory, 'uefi-vars.fd');
  }

  /** Each line of the QMP log: milliseconds since this process started, direction, message. */
  protected readonly logQmp: QmpLog = (direction, text) => {
    this.#qmpLog.write(`${performance.now().toFixed(1)} ${direction} ${text}\n`);
  };

  /** @throws LabError when the machine is off. */
  protected running(): Run {
    if (this.run === undefined) throw new LabError(`machine ${this.name} is ${this.state}, not running`);
    return this.run;
  }

  protected adopt(run: Run): void {
    this.run = run;
    this.#lastStop = undefined;
    run.ended.then((reason) => {
      this.#lastStop = reason;
      if (this.run === run) this.run = undefined;
    });
  }

  protected async closeLog(): Promise<void> {
    this.#qmpLog.end();
    await finished(this.#qmpLog).catch(() => {});
  }
}

/** A machine that this process powers on and off. */
export class QemuMachine extends QemuMachineBase {
  override readonly serial: OwnedSerialLine;
  readonly #parts: MachineParts;
  #forwards: readonly PortForward[];
  #poweredOnAt: number | undefined;

  constructor(spec: MachineSpec, parts: MachineParts, serial: OwnedSerialLine) {
    super(spec, parts.qemuVersion);
    this.#parts = parts;
    this.serial = serial;
    this.#forwards = spec.forwards ?? [];
  }

  get forwards(): readonly PortForward[] {
    return this.#forwards;
  }

  get poweredOnAt(): number | undefined {
    return this.#poweredOnAt;
  }

  async start(deadline: Deadline): Promise<void> {
    await this.#powerOn(deadline);
  }

  /** Powers on into a saved state. */
  async startFrom(state: Restorable, deadline: Deadline): Promise<void> {
    await this.#powerOn(deadline, state.memory);
  }

  async #powerOn(deadline: Deadline, memory?: string): Promise<void> {
    if (this.run !== undefined) throw new LabError(`machine ${this.name} is ${this.state} already`);
    const { tools, claim, detached } = this.#parts;
    const words = commandLine(this.spec, await this.#prepareFiles(), tools, {
      descriptors,
      incoming: memory !== undefined,
    });
    const enter = enterWords(this.spec);
    const qemu = await spawnQemu(tools, words, { logPath: this.qemuLog, detached, enter });
    try {
      this.serial.connect(qemu.serial);
      const qmp = await QmpClient.open(qemu.monitor, deadline, this.logQmp);
      const run = new Run(qemu.process, qmp, this.serial, true);
      if (memory !== undefined) await loadMemory(qmp, memory, deadline);
      this.#forwards = parseForwards(await qmp.execute('human-monitor-command', { 'command-line': 'info usernet' }));
      await claim.update({ hypervisor: qemu.process.identity, forwards: this.#forwards });
      this.adopt(run);
      await qmp.execute('cont');
      this.#poweredOnAt = performance.now();
    } catch (error) {
      const died = await Promise.race([qemu.process.exited.then(() => true), settled().then(() => false)]);
      await qemu.process.kill();
      throw died ? await qemu.explainExit() : error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const leaveRunning = this.#parts.detached && this.run !== undefined;
    if (leaveRunning) this.run?.[Symbol.dispose]();
    else await this.cutPower();
    this.serial.disconnect();
    if (!leaveRunning) await this.#parts.claim.release();
    await this.closeLog();
  }

  async #prepareFiles(): Promise<MachinePaths> {
    const provisioning: Record<string, string> = {};
    for (const [key, value] of Object.entries(this.spec.provisioning ?? {})) {
      if (!/^[a-z0-9._-]{1,40}$/.test(key)) throw usageFailure(`"${key}" is no provisioning key`);
      const path = join(this.spec.directory, 'provisioning', key);
      await mkdir(join(this.spec.directory, 'provisioning'), { recursive: true });
      await writeFile(path, value);
      provisioning[key] = path;
    }
    if (this.spec.profile.firmware === 'uefi') {
      const existing = await access(this.uefiVars).then(
        () => true,
        () => false,
      );
      if (!existing) await copyFile(this.#parts.tools.firmware.uefiVars, this.uefiVars);
    }
    return {
      sockets: this.#parts.claim.directory,
      serialLog: this.serialLog,
      uefiVars: this.uefiVars,
      provisioning,
    };
  }
}

/** A moment for a process's end to be noticed after its sockets closed. */
const settled = () => new Promise((done) => setTimeout(done, 500));
