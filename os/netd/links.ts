/** The machine's network interfaces, as they come and go: each Ethernet interface becomes a link of the host. */
import type { Severity } from '../control/protocol.ts';
import type { Host } from '../net/host/host.ts';
import type { Link } from '../net/link/link.ts';
import { claimInterface, releaseInterface } from '../net/link/packet/claim.ts';
import type { LinkState } from '../net/link/packet/netlink/link-state.ts';
import { RouteSocket } from '../net/link/packet/netlink/route-socket.ts';
import { watchLinks } from '../net/link/packet/netlink/watch-links.ts';
import { openPacketLink } from '../net/link/packet/packet-link.ts';
import { formatMac } from '../net/wire/mac.ts';
import { type NetSettings, settingsOfInterface } from '../settings/net.ts';
import type { NetworkKernel } from '../syscall/network.ts';
import type { Captures } from './captures.ts';
import type { Driver } from './driver.ts';

export interface LinkSurroundings {
  readonly kernel: NetworkKernel;
  readonly host: Host;
  readonly driver: Driver;
  readonly captures: Captures;
  readonly settings: () => NetSettings;
  readonly log: (severity: Severity, message: string) => void;
}

interface Opened {
  readonly link: Link;
  /** What it had when it was found; an MTU that the settings no longer name goes back to it. */
  readonly ownMtu: number;
}

export class Links {
  readonly #around: LinkSurroundings;
  readonly #open = new Map<number, Opened>();
  readonly #states = new Map<number, LinkState>();
  #watch: Disposable | undefined;

  constructor(around: LinkSurroundings) {
    this.#around = around;
  }

  /** Opens the interfaces that there are, and from now on those that come. */
  start(): void {
    this.#watch = watchLinks(
      this.#around.kernel,
      (state) => this.#learn(state),
      (state) => this.#forget(state),
    );
  }

  /** The names of the Ethernet interfaces, by the kernel's numbers. */
  get names(): ReadonlyMap<number, string> {
    return new Map([...this.#states].map(([index, { name }]) => [index, name]));
  }

  /** Applies settings that the kernel is to know: the MTU. */
  applySettings(): void {
    for (const state of this.#states.values()) this.#setMtu(state);
  }

  stop(): void {
    this.#watch?.[Symbol.dispose]();
    for (const { link } of this.#open.values()) link.close();
  }

  #learn(state: LinkState): void {
    if (state.type !== 'ethernet') return;
    this.#states.set(state.index, state);
    if (this.#open.has(state.index)) return;
    const { kernel, host, driver, captures, log, settings } = this.#around;
    const { name } = state;
    try {
      if (settings().stack === 'panos') claimInterface(kernel, name);
      else releaseInterface(kernel, name);
      const link = captures.around(openPacketLink(kernel, name));
      this.#open.set(state.index, { link, ownMtu: state.mtu });
      this.#setMtu(state);
      driver.turn(() => host.addLink(link));
      driver.attach(link);
    } catch (error) {
      // It may be gone by now. Any change of it is another occasion.
      log('warning', `network: ${name} is not used: ${(error as Error).message}`);
    }
  }

  #forget({ index, name }: LinkState): void {
    this.#states.delete(index);
    const opened = this.#open.get(index);
    if (opened === undefined) return;
    this.#open.delete(index);
    const { host, driver, captures } = this.#around;
    driver.guarded(() => host.removeLink(name));
    driver.detach(opened.link);
    captures.forget(name);
    opened.link.close();
  }

  #setMtu(state: LinkState): void {
    const opened = this.#open.get(state.index);
    const { kernel, log, settings } = this.#around;
    const mtu = settingsOfInterface(settings(), state.name, formatMac(state.mac)).mtu ?? opened?.ownMtu ?? state.mtu;
    if (mtu === state.mtu) return;
    const requests = new RouteSocket(kernel);
    try {
      requests.changeLink(state.index, { mtu });
    } catch (error) {
      log('warning', `network: ${state.name} keeps its MTU of ${state.mtu}: ${(error as Error).message}`);
    } finally {
      requests.close();
    }
  }
}
