/** Everything that the settings say about one interface, in force. */
import { type InterfaceSettings, type NetSettings, settingsOfInterface } from '../../settings/net.ts';
import type { LeaseStatus } from '../../sockets/status.ts';
import type { HostAddress } from '../stack/address-table.ts';
import type { Interface } from '../stack/interface.ts';
import { isIpv4 } from '../wire/address.ts';
import { formatMac, type MacAddress } from '../wire/mac.ts';
import type { ConfigurationContext, Discovered } from './context.ts';
import { Ipv4Configuration } from './ipv4-configuration.ts';
import { Ipv6Configuration } from './ipv6-configuration.ts';

/** With Linux's stack only DHCP is ours: Linux does IPv6 itself. */
const withKernel = (settings: InterfaceSettings): InterfaceSettings => ({ ...settings, ipv6: { method: 'off' } });

/** RFC 4862, section 5.5.3 (e). */
const twoHours = 7_200_000;

export class InterfaceConfiguration {
  readonly on: Interface;
  readonly #context: ConfigurationContext;
  readonly #secret: string;
  #applied = '';
  #ipv4: Ipv4Configuration | undefined;
  #ipv6: Ipv6Configuration | undefined;
  #fingerprints = { ipv4: '', ipv6: '' };

  constructor(context: ConfigurationContext, on: Interface, secret: string) {
    this.#context = context;
    this.on = on;
    this.#secret = secret;
  }

  /** Puts settings in force. What they say as before goes on undisturbed. */
  apply(net: NetSettings): void {
    const found = settingsOfInterface(net, this.on.name, formatMac(this.on.mac));
    const settings = net.stack === 'kernel' ? withKernel(found) : found;
    if (JSON.stringify([settings, net.stack]) === this.#applied) return;
    this.#applied = JSON.stringify([settings, net.stack]);
    this.on.configurationOnly = net.stack === 'kernel';
    this.on.wantedMtu = settings.mtu ?? undefined;
    this.#context.stack.invalidate();
    const ipv4 = JSON.stringify(settings.ipv4);
    if (ipv4 !== this.#fingerprints.ipv4) {
      this.#ipv4?.stop(true);
      this.#ipv4 = new Ipv4Configuration(this.#context, this.on, settings.ipv4);
    }
    const ipv6 = JSON.stringify(settings.ipv6);
    if (ipv6 !== this.#fingerprints.ipv6) {
      this.#ipv6?.stop(true);
      this.#ipv6 = new Ipv6Configuration(this.#context, this.on, settings.ipv6, this.#secret);
    }
    this.#fingerprints = { ipv4, ipv6 };
  }

  get leases(): readonly LeaseStatus[] {
    return [...(this.#ipv4?.leases ?? []), ...(this.#ipv6?.leases ?? [])];
  }

  get discovered(): readonly Discovered[] {
    return [this.#ipv4?.discovered, this.#ipv6?.discovered].filter((each) => each !== undefined);
  }

  linkChanged(): void {
    if (this.on.link.up) {
      this.on.neighbours[4].clear();
      this.on.neighbours[6].clear();
      this.#doubtAddresses();
      this.on.addresses.reprove();
    }
    this.#ipv4?.linkChanged();
    this.#ipv6?.linkChanged();
  }

  /**
   * Addresses that routers gave may belong to another network than the one that is there now: until a router says otherwise
   * they are not used for anything new, and do not stay longer than a router could shorten them to.
   */
  #doubtAddresses(): void {
    const { now } = this.#context.environment.clock;
    for (const each of [...this.on.addresses]) {
      if (each.origin !== 'slaac') continue;
      const { address, prefixLength, origin, temporary = false } = each;
      const validUntil = Math.min(each.validUntil, now + twoHours);
      this.on.addresses.add({ address, prefixLength, origin, temporary, validUntil, preferredUntil: now });
    }
  }

  duplicate(address: HostAddress, owner: MacAddress): void {
    const configuration = isIpv4(address.address) ? this.#ipv4 : this.#ipv6;
    configuration?.duplicate(address, formatMac(owner));
  }

  /** @param release the servers are told that their addresses are free */
  stop(release: boolean): void {
    this.#ipv4?.stop(release);
    this.#ipv6?.stop(release);
    this.#ipv4 = undefined;
    this.#ipv6 = undefined;
  }
}
