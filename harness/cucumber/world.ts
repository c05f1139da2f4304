import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setWorldConstructor, World } from '@cucumber/cucumber';
import { execa } from 'execa';
import { Deadline } from '../../host/lib/deadline.ts';
import { repository } from '../../host/lib/paths.ts';
import { emptyDisk, overlayDisk, RawDisk } from '../disk/disk.ts';
import { makeSeed } from '../disk/seed.ts';
import { type Replay, replayWriteLog } from '../disk/write-log.ts';
import { look } from '../guest/screen.ts';
import { type Answer, SerialConsole } from '../guest/serial-console.ts';
import { LabError, type Machine, type MachineSpec } from '../machine/contract.ts';
import type { Picture } from '../machine/png.ts';
import { defaultProfile, loadProfile, unavailableReason } from '../matrix/profiles.ts';
import { bootPatience, type Lab, openLab, readyState } from './lab.ts';
import { ScenarioNetwork } from './network.ts';

/** What a scenario asks for before its machine is powered on. */
interface Preparation {
  readonly seed: Record<string, string>;
  readonly esp: Record<string, string>;
  readonly provisioning: Record<string, string>;
  commandLine: string | undefined;
  /** What the battery-powered clock says, `2026-01-31T12:00:00`; the host's time when left out. */
  clock: string | undefined;
  watchdog: boolean;
  /** Start from the ISO image; there is a disk too, which is empty. */
  opticalDisc: boolean;
  /** The disk's cache loses what was not flushed when the power is cut. */
  volatileCache: boolean;
}

export interface PanosParameters {
  /** The profile that scenarios without one of their own run on. */
  readonly profile?: string;
}

/** Seconds for a command on a busy, emulated machine. */
const commandPatience = 30;

/** One scenario: at most one machine at a time, on one disk that survives the machine's power cycles. */
export class PanosWorld extends World<PanosParameters> {
  readonly preparation: Preparation = {
    seed: {},
    esp: {},
    provisioning: {},
    commandLine: undefined,
    clock: undefined,
    watchdog: false,
    opticalDisc: false,
    volatileCache: false,
  };
  /** A folder of this scenario's own, set by the hooks. */
  directory = '';
  /** Unique among the scenarios that run now, set by the hooks. */
  name = '';
  /** What the last command on the console answered. */
  answer: Answer | undefined;
  /** Where in the serial history the present boot began. */
  since = 0;
  /** What steps hand on to later steps. */
  readonly notes = new Map<string, unknown>();
  profileName: string | undefined;
  #network: ScenarioNetwork | undefined;
  #machine: Machine | undefined;
  #console: SerialConsole | undefined;
  #raw: RawDisk | undefined;
  #disk: MachineSpec['disk'] | undefined;

  get lab(): Promise<Lab> {
    return openLab();
  }

  /** @throws LabError when no step has made one */
  get machine(): Machine {
    if (!this.#machine) throw new LabError('no step has powered a machine on');
    return this.#machine;
  }

  get hasMachine(): boolean {
    return this.#machine !== undefined;
  }

  get console(): SerialConsole {
    if (!this.#console) throw new LabError('no step has powered a machine on');
    return this.#console;
  }

  /** The lab's network that a step has made. @throws LabError when none has */
  get network(): ScenarioNetwork {
    if (!this.#network) throw new LabError("no step has made the lab's network");
    return this.#network;
  }

  get hasNetwork(): boolean {
    return this.#network !== undefined;
  }

  /** The lab's network, made when it is first asked for. The machine hangs on it instead of the hypervisor's own. */
  async openNetwork(): Promise<ScenarioNetwork> {
    this.#network ??= await ScenarioNetwork.open(this.directory);
    return this.#network;
  }

  /** Runs a command on the console. */
  run(command: string): Promise<Answer> {
    return this.console.run(command, Deadline.in(commandPatience));
  }

  /** Waits for the serial line to show something since the machine was powered on or rebooted. */
  waitForText(pattern: string | RegExp, seconds = bootPatience): Promise<RegExpExecArray> {
    return this.console.waitForText(pattern, Deadline.in(seconds), { since: this.since });
  }

  /** All that the serial line showed since the machine was powered on or rebooted. */
  get said(): string {
    return this.console.textSince(this.since);
  }

  takePicture(): Promise<Picture> {
    return look(this.machine);
  }

  /** Ends the scenario as skipped, and says why in the report. */
  skip(reason: string): 'skipped' {
    this.log(`skipped: ${reason}`);
    return 'skipped';
  }

  /** Why the profile cannot run here, if it cannot. */
  async unavailable(profile: string): Promise<string | undefined> {
    return unavailableReason(await loadProfile(profile), (await this.lab).driver);
  }

  /** The scenario's disk as a raw copy that can be changed while the machine is off. */
  async rawDisk(): Promise<RawDisk> {
    if (this.#disk && !this.#raw) throw new LabError('this disk is an overlay already: ask for a raw one first');
    const { toolbox, image } = await this.lab;
    this.#raw ??= await RawDisk.copyOf(toolbox, image.disk, join(this.directory, 'disk.raw'));
    this.#disk = this.#raw;
    return this.#raw;
  }

  /** Powers a machine on, on the scenario's disk; the one before it must be off. */
  async powerOn(): Promise<void> {
    const lab = await this.lab;
    const { seed, esp, provisioning, commandLine, clock, watchdog, opticalDisc, volatileCache } = this.preparation;
    for (const [path, content] of Object.entries(esp)) {
      await (await this.rawDisk()).writeToEsp(path, content, this.directory);
    }
    if (volatileCache) await this.rawDisk();
    const path = join(this.directory, 'disk.qcow2');
    this.#disk ??= opticalDisc
      ? await emptyDisk(lab.toolbox, path)
      : await overlayDisk(lab.toolbox, lab.image.disk, path);
    const spec: MachineSpec = {
      ...(await this.#spec(lab)),
      ...(Object.keys(seed).length > 0 && { seed: await makeSeed(lab.toolbox, seed, this.directory) }),
      ...(Object.keys(provisioning).length > 0 && { provisioning }),
      ...(commandLine !== undefined && { kernel: { image: lab.image.kernel.image, commandLine } }),
      ...(clock !== undefined && { clock }),
      ...(this.#network && { networks: this.#network.attachments }),
      ...(volatileCache && (await this.#recordedDisk(lab))),
      ...(opticalDisc && { cdrom: await this.#opticalDisc() }),
      watchdog,
    };
    await this.dispose();
    await this.#network?.record();
    this.#adopt(await lab.driver.create(spec));
    await this.machine.start(Deadline.in(bootPatience));
  }

  /** A machine that is ready, restored from a state that was saved when it became so. */
  async startReady(): Promise<void> {
    const lab = await this.lab;
    const spec = await this.#spec(lab);
    const state = await readyState(lab, spec.profile);
    await this.dispose();
    this.#adopt(await lab.driver.restore(spec, state, Deadline.in(bootPatience)));
    this.#disk = this.machine.spec.disk;
  }

  /**
   * Cuts the power of a machine whose disk has a volatile cache: of what was not flushed, `survives` tells what got
   * to the disk.
   */
  async cutPower(survives: () => boolean): Promise<Replay> {
    await this.machine.cutPower();
    const disk = await this.rawDisk();
    return replayWriteLog(this.#writeLog, disk.path, survives);
  }

  /** Puts the lab's network away, if there is one. The machine must be away already. */
  async closeNetwork(): Promise<void> {
    await this.#network?.[Symbol.asyncDispose]();
    this.#network = undefined;
  }

  /** Puts the machine away, if there is one; its disk stays. */
  async dispose(): Promise<void> {
    await this.#machine?.[Symbol.asyncDispose]();
    this.#machine = undefined;
    this.#console = undefined;
  }

  /** The raw disk stays as it is until it is known what of the record survives. */
  async #recordedDisk(lab: Lab): Promise<Pick<MachineSpec, 'disk' | 'writeLog'>> {
    const { path } = await this.rawDisk();
    await writeFile(this.#writeLog, '');
    return { disk: await overlayDisk(lab.toolbox, path, join(this.directory, 'run.qcow2')), writeLog: this.#writeLog };
  }

  get #writeLog(): string {
    return join(this.directory, 'writes.log');
  }

  async #opticalDisc(): Promise<string> {
    const { stdout } = await execa(join(repository, 'panos'), ['build', '--format', 'iso', '--json']);
    const [file] = (JSON.parse(stdout) as { files: string[] }).files;
    if (file === undefined) throw new LabError('the build named no ISO image');
    return file;
  }

  async #spec(lab: Lab): Promise<MachineSpec> {
    const profile = await loadProfile(this.profileName ?? this.parameters.profile ?? defaultProfile);
    const directory = join(this.directory, 'machine');
    await mkdir(directory, { recursive: true });
    const disk = this.#disk ?? { path: join(this.directory, 'disk.qcow2'), format: 'qcow2' as const };
    return { name: this.name, profile, disk, directory, acceleration: lab.acceleration };
  }

  #adopt(machine: Machine): void {
    this.#machine = machine;
    this.#console = new SerialConsole(machine);
    this.since = 0;
  }
}

setWorldConstructor(PanosWorld);
