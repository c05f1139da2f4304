import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deadline } from '../../host/lib/deadline.ts';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import type { Evidence, NetworkAttachment } from '../machine/contract.ts';
import { far, routerLinkLocal, type SegmentName, type SegmentPlan, segments } from './addresses.ts';
import { LabHost } from './host.ts';

/**
 * The lab's network: one host that is router and servers, its segments (bridges), taps for machines, and further hosts.
 * It lies in network namespaces of its own; disposing of it, or the end of this process, removes everything.
 */
export class LabNetwork implements AsyncDisposable {
  /** Router, name server, web server and whatever else, all with addresses of their own. */
  readonly router: LabHost;
  readonly #toolbox: Toolbox;
  readonly #directory: string;
  readonly #peers: LabHost[] = [];
  readonly #segments = new Set<SegmentName>();
  #devices = 0;

  private constructor(router: LabHost, toolbox: Toolbox, directory: string) {
    this.router = router;
    this.#toolbox = toolbox;
    this.#directory = directory;
  }

  /**
   * @param toolbox the set `lab`
   * @param directory for files of servers and evidence; made if need be
   */
  static async open(toolbox: Toolbox, directory: string, deadline: Deadline): Promise<LabNetwork> {
    await mkdir(directory, { recursive: true });
    const router = await LabHost.create('router', toolbox, join(directory, 'router'), deadline);
    const network = new LabNetwork(router, toolbox, directory);
    try {
      await router.ip(`address add ${far.ipv4}/32 dev lo`, `address add ${far.ipv6}/128 dev lo nodad`);
      await router.sysctl({ 'net/ipv4/ip_forward': 1, 'net/ipv6/conf/all/forwarding': 1 });
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A tap device on a segment: the far end of a machine's network cable. The segment is made when it is first used. */
  async addTap(segment: SegmentName): Promise<NetworkAttachment & { readonly kind: 'tap' }> {
    await this.#make(segment);
    const device = `tap${this.#devices++}`;
    await this.router.ip(`tuntap add dev ${device} mode tap`, `link set ${device} master ${segment} up`);
    await this.#silence(device);
    return { kind: 'tap', device, namespace: this.router.namespace.identity };
  }

  /**
   * Another host on a segment, with a network card `eth0` and the addresses given (`192.0.2.7/24`). It does not look for
   * routers by itself.
   */
  async addHost(
    name: string,
    segment: SegmentName,
    addresses: readonly string[],
    deadline: Deadline,
  ): Promise<LabHost> {
    await this.#make(segment);
    const host = await LabHost.create(name, this.#toolbox, join(this.#directory, name), deadline, this.router);
    this.#peers.push(host);
    const device = `port${this.#devices++}`;
    const { process: holder } = host.namespace.identity;
    await this.router.ip(
      `link add ${device} type veth peer name eth0 netns ${holder}`,
      `link set ${device} master ${segment} up`,
    );
    await this.#silence(device);
    await host.sysctl({ 'net/ipv6/conf/eth0/accept_ra': 0, 'net/ipv6/conf/eth0/accept_dad': 0 });
    await host.ip('link set eth0 up', ...addresses.map((address) => `address add ${address} dev eth0`));
    return host;
  }

  /** What all servers said. */
  async evidence(): Promise<readonly Evidence[]> {
    const all = await Promise.all([this.router, ...this.#peers].map((host) => host.evidence()));
    return all.flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.router, ...this.#peers].map((host) => host[Symbol.asyncDispose]()));
  }

  async #make(name: SegmentName): Promise<void> {
    if (this.#segments.has(name)) return;
    this.#segments.add(name);
    const plan: SegmentPlan = segments[name];
    const { ipv4, ipv6 } = plan;
    // A bridge has a carrier when one of its ports has: the cable `on` keeps it on while no machine runs, because
    // servers want to start before machines do.
    const cable = { inside: `${name}-on`, outside: `${name}-end` };
    await this.router.ip(
      `link add ${name} address ${plan.mac} type bridge mcast_snooping 0`,
      `link set ${name} addrgenmode none`,
      `link add ${cable.inside} type veth peer name ${cable.outside}`,
      `link set ${cable.inside} master ${name} up`,
      `link set ${cable.outside} up`,
      `link set ${name} up`,
      ...[ipv4.router, ipv4.nameServer, ipv4.web, ipv4.timeServer].map(
        (address) => `address add ${address}/${ipv4.prefixLength} dev ${name}`,
      ),
      ...[ipv6.router, ipv6.nameServer, ipv6.web, ipv6.timeServer, routerLinkLocal].map(
        (address) => `address add ${address}/64 dev ${name} nodad`,
      ),
    );
    await this.#silence(cable.inside);
    await this.#silence(cable.outside);
  }

  /** A device that only carries others' frames must not say anything of its own. */
  async #silence(device: string): Promise<void> {
    await this.router.sysctl({ [`net/ipv6/conf/${device}/disable_ipv6`]: 1 });
  }
}
