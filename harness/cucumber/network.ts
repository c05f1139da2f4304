import { join } from 'node:path';
import { Deadline } from '../../host/lib/deadline.ts';
import { silent } from '../../host/lib/progress.ts';
import { openToolbox, type Toolbox } from '../../host/toolbox/toolbox.ts';
import { type Evidence, LabError, type NetworkAttachment } from '../machine/contract.ts';
import type { SegmentName } from '../network/addresses.ts';
import { Cable } from '../network/cable/cable.ts';
import type { Conditions } from '../network/cable/line.ts';
import { Capture } from '../network/capture.ts';
import type { LabHost } from '../network/host.ts';
import { LabNetwork } from '../network/network.ts';
import type { LabServer, ServerPlan } from '../network/server.ts';

/** Seconds in which a host of the network must be there. */
const patience = 20;

const firstAddress = 0x56;

/** The Ethernet address of a network card, counted from 0, as QEMU's driver gives them. */
export const macOf = (card: number): string => `52:54:00:12:34:${(firstAddress + card).toString(16)}`;

let opened: Promise<Toolbox> | undefined;

/** The lab's network of one scenario: what the machine hangs on, and what is recorded of it. */
export class ScenarioNetwork implements AsyncDisposable {
  readonly network: LabNetwork;
  readonly #toolbox: Toolbox;
  readonly #hosts = new Map<string, LabHost>();
  readonly #servers = new Map<string, LabServer>();
  readonly #taps: (NetworkAttachment & { readonly kind: 'tap' })[] = [];
  readonly #cables: Cable[] = [];
  #capture: Capture | undefined;

  private constructor(network: LabNetwork, toolbox: Toolbox) {
    this.network = network;
    this.#toolbox = toolbox;
  }

  /** @param directory the scenario's */
  static async open(directory: string): Promise<ScenarioNetwork> {
    opened ??= openToolbox(silent, 'lab');
    const toolbox = await opened;
    const network = await LabNetwork.open(toolbox, join(directory, 'network'), Deadline.in(patience));
    return new ScenarioNetwork(network, toolbox);
  }

  /** What the machine's network cards hang on, in their order. */
  get attachments(): readonly NetworkAttachment[] {
    return this.#taps;
  }

  /** Gives the machine one more network card, on this segment. */
  async connect(segment: SegmentName): Promise<void> {
    this.#taps.push(await this.network.addTap(segment));
  }

  /** Makes the cable of a network card one of these conditions; before the machine is powered on for the first time. */
  async layCable(card: number, conditions: Conditions, seed: number): Promise<Cable> {
    const tap = this.#taps[card];
    if (tap === undefined) throw new LabError(`the machine has no network card ${card}`);
    const cable = await Cable.lay(conditions, seed);
    this.#cables.push(cable);
    this.#taps[card] = { ...tap, cable: cable.ends };
    return cable;
  }

  /** Another host; see {@link LabNetwork.addHost}. */
  async addHost(name: string, segment: SegmentName, addresses: readonly string[]): Promise<LabHost> {
    const host = await this.network.addHost(name, segment, addresses, Deadline.in(patience));
    this.#hosts.set(name, host);
    return host;
  }

  /** Starts a server, instead of the one of its name that runs. */
  async serve(plan: ServerPlan, host: LabHost = this.network.router): Promise<LabServer> {
    await this.#servers.get(plan.name)?.stop();
    const server = await host.start(plan);
    this.#servers.set(plan.name, server);
    return server;
  }

  /** The server of this name that was started last. @throws LabError when there was none */
  server(name: string): LabServer {
    const server = this.#servers.get(name);
    if (server === undefined) throw new LabError(`no step has started the server ${name}`);
    return server;
  }

  /** Records what passes over the machine's cables from now on, until the scenario ends. */
  async record(): Promise<void> {
    const devices = this.#taps.map(({ device }) => device);
    this.#capture ??= await Capture.start(this.network.router, devices, this.#toolbox);
  }

  /**
   * Ends the recording and holds everything that the machine sent to be flawless.
   * @returns how many frames that were
   * @throws ExpectationError
   */
  async expectFlawlessFrames(): Promise<number> {
    return (await this.#capture?.expectFlawless(this.#taps.map((_, card) => macOf(card)))) ?? 0;
  }

  async evidence(): Promise<readonly Evidence[]> {
    const frames = this.#capture === undefined ? [] : [await this.#capture.evidence()];
    return [...frames, ...(await this.network.evidence())];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#cables.map((cable) => cable[Symbol.asyncDispose]()));
    await this.network[Symbol.asyncDispose]();
  }
}
