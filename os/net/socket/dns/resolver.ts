/** The stub resolver: names of this host, special names, multicast DNS, and name servers behind a cache. */
import type { Clock } from '../../environment/clock.ts';
import type { Random } from '../../environment/random.ts';
import { NameError, type Resolver } from '../../host/host.ts';
import { type Address, isIpv4, isLoopback, parseAddress } from '../../wire/address.ts';
import { sameName } from '../../wire/dns/name.ts';
import { addressRecord, type ResourceRecord, recordTypes } from '../../wire/dns/record.ts';
import type { TcpLayer } from '../tcp/connection.ts';
import type { UdpLayer } from '../udp-contract.ts';
import type { DnsCounters } from './attempt.ts';
import { bothFamilies, type Family } from './families.ts';
import { Lookups } from './lookups.ts';
import { authorityOf, candidates, normalName, reverseName } from './names.ts';
import { nodeRecord, type ResolvableType } from './node-records.ts';
import { type NameServer, ServerList } from './servers.ts';

/** Multicast DNS, for names in `.local`. */
export interface MulticastNames {
  /** Records of a name; none when nobody answers in time. Never rejects. */
  ask(name: string, type: number): Promise<readonly ResourceRecord[]>;
}

export interface DnsEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly udp: UdpLayer;
  readonly tcp: TcpLayer;
  /** Addresses, best first: RFC 6724, as `destinationOrder` makes it. Without it they stay as the servers gave them. */
  readonly order?: (addresses: readonly Address[]) => readonly Address[];
  /** This host, whose names need no server. */
  readonly host?: () => { readonly names: readonly string[]; readonly addresses: readonly Address[] };
  readonly multicast?: MulticastNames;
}

const loopbacks = [parseAddress('::1') as Address, parseAddress('127.0.0.1') as Address];

/** Aliases that are followed for one name over several questions. */
const mostAliases = 8;
/** Milliseconds after which no further one is followed. */
const aliasPatience = 10_000;
const mostSearchDomains = 16;

export class DnsResolver implements Resolver {
  readonly counters: DnsCounters = { queries: 0, cacheHits: 0, timeouts: 0, mismatched: 0, overTcp: 0 };
  readonly #environment: DnsEnvironment;
  readonly #servers: ServerList;
  readonly #lookups: Lookups;
  #search: readonly string[] = [];

  constructor(environment: DnsEnvironment) {
    this.#environment = environment;
    this.#servers = new ServerList(environment.clock);
    const { clock, random, udp, tcp } = environment;
    this.#lookups = new Lookups({ clock, random, udp, tcp, servers: this.#servers, counters: this.counters });
  }

  /** The name servers, best first. Others than before: everything they said is forgotten. */
  setServers(servers: readonly NameServer[]): void {
    if (this.#servers.set(servers)) this.#lookups.forget();
  }

  get servers(): readonly NameServer[] {
    return this.#servers.servers;
  }

  /** The domains in which a name without a dot is looked for. What is no domain is left out. */
  setSearch(domains: readonly string[]): void {
    const names = domains.map((domain) => normalName(domain)?.name).filter((name) => name !== undefined);
    this.#search = [...new Set(names)].slice(0, mostSearchDomains);
  }

  get search(): readonly string[] {
    return this.#search;
  }

  /** How many answers are remembered. */
  get cached(): number {
    return this.#lookups.cached;
  }

  async lookup(text: string, family: Family = 0): Promise<readonly Address[]> {
    const address = parseAddress(text);
    if (address !== undefined) {
      if (family === 0 || isIpv4(address) === (family === 4)) return [address];
      throw new NameError('ENOTFOUND', `${text}: this is an address of the other family`);
    }
    const normal = normalName(text);
    if (normal === undefined) throw new NameError('EBADNAME', `${text}: this is no name`);
    let failure: NameError | undefined;
    for (const name of candidates(normal.name, normal.absolute, this.#search)) {
      try {
        const found = await bothFamilies(this.#environment.clock, family, (type) => this.#addresses(name, type));
        return this.#environment.order?.(found) ?? found;
      } catch (error) {
        if (!(error instanceof NameError)) throw error;
        if (error.code !== 'ENOTFOUND' && error.code !== 'ENODATA') throw error;
        // That a name exists, though without an address, says more than that another one does not.
        if (failure?.code !== 'ENODATA') failure = new NameError(error.code, describe(error.code, text));
      }
    }
    throw failure ?? new NameError('ENOTFOUND', describe('ENOTFOUND', text));
  }

  async resolve(text: string, type: ResolvableType): Promise<readonly unknown[]> {
    const normal = normalName(text);
    if (normal === undefined) throw new NameError('EBADNAME', `${text}: this is no name`);
    return (await this.#records(normal.name, recordTypes[type])).map(nodeRecord);
  }

  async reverse(address: Address): Promise<readonly string[]> {
    const own = this.#environment.host?.();
    if (isLoopback(address)) return ['localhost'];
    if (own?.addresses.includes(address)) return own.names;
    const records = await this.#records(reverseName(address), recordTypes.PTR);
    return records.flatMap(({ data }) => (data.kind === 'name' ? [data.name] : []));
  }

  async #addresses(name: string, type: number): Promise<readonly Address[]> {
    const records = await this.#records(name, type);
    return records.flatMap(({ data }) => (data.kind === 'address' ? [data.address] : []));
  }

  async #records(name: string, type: number): Promise<readonly ResourceRecord[]> {
    const isAddress = type === recordTypes.A || type === recordTypes.AAAA;
    const own = this.#environment.host?.();
    if (isAddress && own?.names.some((one) => sameName(one, name))) return selected(name, type, own.addresses);
    switch (authorityOf(name)) {
      case 'loopback':
        return selected(name, type, isAddress ? loopbacks : []);
      case 'nobody':
        throw new NameError('ENOTFOUND', describe('ENOTFOUND', name));
      case 'multicast': {
        const records = (await this.#environment.multicast?.ask(name, type)) ?? [];
        if (records.length === 0) throw new NameError('ENOTFOUND', describe('ENOTFOUND', name));
        return records;
      }
      case 'dns':
        return await this.#ask(name, type);
    }
  }

  async #ask(name: string, type: number): Promise<readonly ResourceRecord[]> {
    const { clock } = this.#environment;
    const deadline = clock.now + aliasPatience;
    let target = name;
    for (let aliases = 0; aliases <= mostAliases; aliases++) {
      const answer = await this.#lookups.ask(target, type);
      if (answer.kind === 'found') return answer.records;
      if (answer.kind === 'none') throw new NameError(answer.code, describe(answer.code, name));
      if (answer.kind === 'circle') break;
      if (clock.now >= deadline) throw new NameError('ETIMEOUT', `${name}: its aliases take too long`);
      target = answer.target;
      // An alias may lead out of DNS, but not to names that only have a meaning on this host or link.
      if (authorityOf(target) !== 'dns') throw new NameError('ENOTFOUND', describe('ENOTFOUND', name));
    }
    throw new NameError('ESERVFAIL', `${name}: its aliases lead nowhere`);
  }
}

const describe = (code: 'ENOTFOUND' | 'ENODATA', name: string): string =>
  code === 'ENOTFOUND' ? `${name}: there is no such name` : `${name}: there is nothing of this kind for the name`;

/** Records of the addresses that a question of this type is about. */
function selected(name: string, type: number, addresses: readonly Address[]): ResourceRecord[] {
  const records = addresses.map((address) => addressRecord(name, address, 0)).filter((record) => record.type === type);
  if (records.length === 0) throw new NameError('ENODATA', describe('ENODATA', name));
  return records;
}
