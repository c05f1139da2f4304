/** The lab's network: what it consists of, and what happens to it. */
import { type DataTable, Given, Then, When } from '@cucumber/cucumber';
import { bootPatience } from '../harness/cucumber/lab.ts';
import type { PanosWorld } from '../harness/cucumber/world.ts';
import { ExpectationError, LabError } from '../harness/machine/contract.ts';
import { type SegmentName, segments } from '../harness/network/addresses.ts';
import { type DhcpOptions, dnsmasq } from '../harness/network/servers/dnsmasq.ts';
import { nginx } from '../harness/network/servers/nginx.ts';
import { type AdvertisementOptions, radvd } from '../harness/network/servers/radvd.ts';
import { timeServer } from '../harness/network/servers/time.ts';
import { unbound } from '../harness/network/servers/unbound.ts';
import { Deadline } from '../host/lib/deadline.ts';

Given("a machine on the lab's network", async function (this: PanosWorld) {
  await connect(this);
});

Given("a machine of profile {string} on the lab's network", async function (this: PanosWorld, profile: string) {
  const reason = await this.unavailable(profile);
  if (reason !== undefined) return this.skip(reason);
  this.profileName = profile;
  await connect(this);
  return undefined;
});

/** Name server and web server are always there: whoever has addresses wants to use them. */
async function connect(world: PanosWorld): Promise<void> {
  const network = await world.openNetwork();
  await network.connect('lan0');
  await network.serve(unbound(segments.lan0));
  await network.serve(nginx());
}

Given('a second network card on another network', async function (this: PanosWorld) {
  await this.network.connect('lan1');
});

Given('its network settings are:', function (this: PanosWorld, json: string) {
  this.preparation.provisioning['settings'] = JSON.stringify({ net: JSON.parse(json) });
});

Given('its clock is {int} hours slow', function (this: PanosWorld, hours: number) {
  this.preparation.clock = new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19);
});

/** Rows of a table that describes a DHCP server, and what they mean. */
const dhcpRows: Readonly<Record<string, (value: string) => DhcpOptions>> = {
  leases: (value) => {
    const [first = value, last = first] = value.split(' to ');
    return { pool: [first, last] };
  },
  'for, in seconds': (value) => ({ leaseSeconds: Number(value) }),
  'renewal after, in seconds': (value) => ({ renewAfter: Number(value) }),
  'rebinding after, in seconds': (value) => ({ rebindAfter: Number(value) }),
  'asks by ping before it offers': (value) => ({ careless: value === 'no' }),
  'names a router': (value) => ({ router: value === 'yes' }),
  'names a time server': (value) => (value === 'yes' ? { timeServer: segments.lan0.ipv4.timeServer } : {}),
  DHCPv6: (value) => ({ ipv6: value as 'stateful' | 'stateless' }),
};

/** Rows of a table that describes what a router advertises. */
const advertisementRows: Readonly<Record<string, (value: string) => AdvertisementOptions>> = {
  'addresses by DHCPv6': (value) => ({ managed: value === 'yes' }),
  'information by DHCPv6': (value) => ({ otherConfiguration: value === 'yes' }),
  'addresses by the prefix': (value) => ({ autonomous: value === 'yes' }),
  'name server': (value) => ({ nameServer: value === 'yes' }),
  'is a default router': (value) => ({ routerLifetime: value === 'yes' ? 600 : 0 }),
};

function read<T>(table: DataTable | undefined, rows: Readonly<Record<string, (value: string) => T>>): Partial<T> {
  const options = Object.entries(table?.rowsHash() ?? {}).map(([name, value]) => {
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    if (row === undefined) throw new LabError(`"${name}" is none of: ${Object.keys(rows).join(', ')}`);
    return row(value);
  });
  return Object.assign({}, ...options) as Partial<T>;
}

async function serveDhcp(world: PanosWorld, options: DhcpOptions): Promise<void> {
  // Asking by ping first costs three seconds each time; the scenarios that want it say so.
  const known = (world.notes.get('dhcp') as DhcpOptions | undefined) ?? { careless: true };
  world.notes.set('dhcp', { ...known, ...options });
  await world.network.serve(dnsmasq(segments.lan0, { ...known, ...options }));
}

Given('a DHCP server', async function (this: PanosWorld) {
  await serveDhcp(this, {});
});

Given('a DHCP server:', async function (this: PanosWorld, table: DataTable) {
  await serveDhcp(this, read(table, dhcpRows));
});

When('a DHCP server appears', async function (this: PanosWorld) {
  await serveDhcp(this, {});
});

When('the DHCP server is stopped', async function (this: PanosWorld) {
  await this.network.server('dhcp').stop();
});

When('the DHCP server is started again', async function (this: PanosWorld) {
  await serveDhcp(this, {});
});

When('the DHCP server forgets its leases and leases {string}', async function (this: PanosWorld, pool: string) {
  await serveDhcp(this, { forgetful: true, ...read(tableOf('leases', pool), dhcpRows) });
});

/** One row as a table. */
const tableOf = (name: string, value: string) => ({ rowsHash: () => ({ [name]: value }) }) as unknown as DataTable;

Given('another DHCP server, which leases {string}', async function (this: PanosWorld, pool: string) {
  const rival = await this.network.addHost('rival', 'lan0', ['192.0.2.2/24']);
  const options = { name: 'rival dhcp', device: 'eth0', ...read(tableOf('leases', pool), dhcpRows) };
  await this.network.serve(dnsmasq(segments.lan0, options), rival);
});

Given('a DHCP server on the other network:', async function (this: PanosWorld, table: DataTable) {
  await this.network.serve(dnsmasq(segments.lan1, { name: 'other dhcp', ...read(table, dhcpRows) }));
});

Given('a router that advertises its prefix', async function (this: PanosWorld) {
  await this.network.serve(radvd(segments.lan0));
});

Given('a router that advertises:', async function (this: PanosWorld, table: DataTable) {
  await this.network.serve(radvd(segments.lan0, read(table, advertisementRows)));
});

Given('a router on the other network that advertises:', async function (this: PanosWorld, table: DataTable) {
  const options = { name: 'other advertisements', ...read(table, advertisementRows) };
  await this.network.serve(radvd(segments.lan1, options));
});

Given('a time server', async function (this: PanosWorld) {
  await this.network.serve(timeServer(segments.lan0));
});

Given('another host that has the address {string}', async function (this: PanosWorld, address: string) {
  await this.network.addHost('squatter', 'lan0', [`${address}/24`]);
});

Given(
  'a cable that loses {int} % of the frames each way and delays them by {int} to {int} ms, drawn with seed {int}',
  async function (this: PanosWorld, percent: number, least: number, most: number, seed: number) {
    await this.network.layCable(0, { loss: percent / 100, delay: least, jitter: most - least }, seed);
  },
);

When('the cable of network card {int} is pulled', async function (this: PanosWorld, card: number) {
  await this.machine.setLink(card, false);
});

When('the cable of network card {int} is put back', async function (this: PanosWorld, card: number) {
  await this.machine.setLink(card, true);
});

Then('the {word} server logs {string}', async function (this: PanosWorld, server: string, pattern: string) {
  await this.network.server(server).waitForLog(new RegExp(pattern), Deadline.in(bootPatience));
});

Then('the {word} server comes to log {string} again', async function (this: PanosWorld, name: string, pattern: string) {
  const server = this.network.server(name);
  await server.waitForLog(new RegExp(pattern), Deadline.in(bootPatience), server.position);
});

Then('one of the two DHCP servers has leased it an address, and the other none', function (this: PanosWorld) {
  const served = ['dhcp', 'rival dhcp'].filter((name) => /DHCPACK/.test(this.network.server(name).log));
  if (served.length !== 1)
    throw new ExpectationError(`these have leased it an address: ${served.join(', ') || 'none'}`);
});

Then('the router can ping it on {string}', async function (this: PanosWorld, segment: SegmentName) {
  const { values } = await this.run('ip addr');
  const plan = segments[segment];
  const inside = (address: string) =>
    address.startsWith(plan.ipv6.prefix.slice(0, -1)) || address.startsWith(plan.ipv4.router.replace(/\d+$/, ''));
  const addresses = values.map(({ address }) => String(address)).filter(inside);
  if (addresses.length === 0) throw new ExpectationError(`it has no address of ${segment}`);
  for (const address of addresses) {
    if (!(await this.network.network.router.pings(address, 3))) {
      throw new ExpectationError(`${address} does not answer the router's ping`);
    }
  }
});
