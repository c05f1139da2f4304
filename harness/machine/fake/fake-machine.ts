import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deadline } from '../../../host/lib/deadline.ts';
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
} from '../contract.ts';
import { encodePng, type Picture } from '../png.ts';
import { networkCards, requireCapability, requireNetworkCard } from '../require.ts';
import type { FakeGuest, MakeGuest } from './guest.ts';
import { fakeKeyboard, fakePointer, fakeTouch } from './input.ts';
import { FakeSerialLine } from './serial.ts';

/** What a fake saved state's file holds. */
export interface FakeState {
  readonly networkCards: number;
  readonly profile: MachineSpec['profile'];
  readonly memory: unknown;
  readonly disk: readonly (readonly [string, string])[];
}

export interface FakeMachineParts {
  readonly capabilities: ReadonlySet<Capability>;
  readonly makeGuest: MakeGuest;
  readonly disk: Map<string, string>;
  readonly forwards: readonly PortForward[];
  /** Gives the name back. */
  release(): void;
}

const dark: Picture = { width: 320, height: 200, rgb: new Uint8Array(320 * 200 * 3) };

/** A machine without hardware: a guest in TypeScript, a serial line in memory. */
export class FakeMachine implements Machine {
  readonly name: string;
  readonly spec: MachineSpec;
  readonly capabilities: ReadonlySet<Capability>;
  readonly serial: FakeSerialLine;
  readonly keyboard;
  readonly pointer;
  readonly touch;
  readonly forwards: readonly PortForward[];
  state: MachineState = 'off';
  poweredOnAt: number | undefined;
  readonly #parts: FakeMachineParts;
  #guest: FakeGuest | undefined;
  #picture = dark;
  #disposed = false;
  #lastStop: StopReason | undefined;
  #stop = Promise.withResolvers<StopReason>();
  #reboot = Promise.withResolvers<void>();
  /** Characters that came while the machine was paused. */
  #held = '';

  constructor(spec: MachineSpec, parts: FakeMachineParts) {
    this.name = spec.name;
    this.spec = spec;
    this.capabilities = parts.capabilities;
    this.forwards = parts.forwards;
    this.#parts = parts;
    this.serial = new FakeSerialLine((text) => this.#receive(text));
    const running = () => this.#running();
    const guard = (capability: Capability) => requireCapability(this, capability);
    this.keyboard = fakeKeyboard(running, guard);
    this.pointer = fakePointer(running, guard);
    this.touch = fakeTouch(running, guard);
  }

  get processes(): readonly number[] {
    return this.#guest === undefined ? [] : [process.pid];
  }

  async start(_deadline: Deadline): Promise<void> {
    this.#powerOn().boot();
  }

  /** Powers on into a saved memory. */
  startFrom(memory: unknown): void {
    this.#powerOn().resume?.(memory);
  }

  async cutPower(): Promise<void> {
    this.#end('power-cut');
  }

  /** For tests: the "hypervisor" dies. */
  crash(): void {
    this.#end('crashed');
  }

  async pressPowerButton(): Promise<void> {
    this.#running().powerButton?.();
  }

  async reset(): Promise<void> {
    this.#running();
    this.#restart();
  }

  async pause(): Promise<void> {
    this.#running();
    this.state = 'paused';
  }

  async resume(): Promise<void> {
    this.#running();
    this.state = 'running';
    const held = this.#held;
    this.#held = '';
    this.#receive(held);
  }

  async stopped(deadline: Deadline): Promise<StopReason> {
    if (this.#guest !== undefined) return await deadline.race(this.#stop.promise, `the end of machine ${this.name}`);
    if (this.#lastStop === undefined) throw new LabError(`machine ${this.name} was never started`);
    return this.#lastStop;
  }

  async rebooted(deadline: Deadline): Promise<void> {
    this.#running();
    await deadline.race(this.#reboot.promise, `a reboot of machine ${this.name}`);
  }

  async screenshot(path: string): Promise<void> {
    this.#running();
    await writeFile(path, encodePng(this.#picture));
  }

  async saveState(directory: string, _deadline: Deadline): Promise<SavedState> {
    const { profile } = this.spec;
    const memory = this.#running().save?.();
    const state: FakeState = {
      profile,
      networkCards: networkCards(this.spec),
      memory,
      disk: [...this.#parts.disk],
    };
    await mkdir(directory, { recursive: true });
    try {
      await writeFile(join(directory, 'fake-state.json'), JSON.stringify(state), { flag: 'wx' });
    } catch (cause) {
      throw new LabError(`${directory} holds a saved state already`, { cause });
    }
    return { directory };
  }

  async setLink(index: number, _up: boolean): Promise<void> {
    this.#running();
    requireNetworkCard(this.spec, index);
  }

  async evidence(): Promise<readonly Evidence[]> {
    const [log, screen] = [join(this.spec.directory, 'serial.log'), join(this.spec.directory, 'screen.png')];
    await writeFile(log, this.serial.history);
    await writeFile(screen, encodePng(this.#picture));
    return [
      { name: 'serial log', mediaType: 'text/plain', path: log },
      { name: 'screen', mediaType: 'image/png', path: screen },
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end('power-cut');
    // Once: the name may be another machine's afterwards.
    if (!this.#disposed) this.#parts.release();
    this.#disposed = true;
  }

  #running(): FakeGuest {
    if (this.#guest === undefined) throw new LabError(`machine ${this.name} is ${this.state}, not running`);
    return this.#guest;
  }

  #powerOn(): FakeGuest {
    if (this.#guest !== undefined) throw new LabError(`machine ${this.name} is ${this.state} already`);
    this.state = 'running';
    this.poweredOnAt = performance.now();
    this.#stop = Promise.withResolvers();
    return this.#newGuest();
  }

  #newGuest(): FakeGuest {
    this.#picture = dark;
    const guest: FakeGuest = this.#parts.makeGuest({
      // What a guest says after its end is not heard.
      print: (text) => queueMicrotask(() => this.#guest === guest && this.#hear(text)),
      show: (picture) => {
        this.#picture = picture;
      },
      powerOff: () => queueMicrotask(() => this.#guest === guest && this.#end('guest-shutdown')),
      reset: () => queueMicrotask(() => this.#guest === guest && this.#restart()),
      disk: this.#parts.disk,
      provisioning: this.spec.provisioning ?? {},
      commandLine: this.spec.kernel?.commandLine,
    });
    this.#guest = guest;
    return guest;
  }

  #hear(text: string): void {
    this.serial.deliver(text);
    if (text.includes('Kernel panic - not syncing')) this.#stop.resolve('guest-panic');
  }

  #receive(text: string): void {
    if (this.state === 'paused') this.#held += text;
    else for (const character of text) this.#guest?.receive(character);
  }

  #restart(): void {
    this.#newGuest().boot();
    const reboot = this.#reboot;
    this.#reboot = Promise.withResolvers();
    reboot.resolve();
  }

  #end(reason: StopReason): void {
    if (this.#guest === undefined) return;
    this.#guest = undefined;
    this.#lastStop = reason;
    this.state = reason === 'crashed' ? 'crashed' : 'off';
    this.#stop.resolve(reason);
  }
}
