/** What the machine says about its addresses, and what it can do with them. */
import { Then, When } from '@cucumber/cucumber';
import { bootPatience } from '../harness/cucumber/lab.ts';
import { macOf } from '../harness/cucumber/network.ts';
import type { PanosWorld } from '../harness/cucumber/world.ts';
import { ExpectationError } from '../harness/machine/contract.ts';
import { pages } from '../harness/network/servers/nginx.ts';
import { Deadline } from '../host/lib/deadline.ts';

type Row = Record<string, unknown>;

/** The rows of a console command. @throws ExpectationError when it fails */
async function rows(world: PanosWorld, command: string): Promise<readonly Row[]> {
  const { status, values, error } = await world.run(command);
  if (status !== 200) throw new ExpectationError(`"${command}" was answered with ${status}: ${error ?? 'no reason'}`);
  return values;
}

/** Asks until the rows of `command` satisfy; the last ones are told when they do not in time. */
async function until<T>(
  world: PanosWorld,
  what: string,
  command: string,
  find: (values: readonly Row[]) => T | undefined,
  seconds = bootPatience,
): Promise<T> {
  let last: readonly Row[] = [];
  try {
    return await Deadline.in(seconds).poll(
      what,
      async () => {
        const { status, values } = await world.run(command);
        last = values;
        return status === 200 ? find(values) : undefined;
      },
      200,
    );
  } catch (error) {
    throw new ExpectationError(`${(error as Error).message}; "${command}" says ${JSON.stringify(last)}`, {
      cause: error,
    });
  }
}

/**
 * The machine's name for an interface. Drivers find cards in any order, so where there are two, scenarios say `card 1`
 * and mean the hypervisor's second.
 */
async function interfaceName(world: PanosWorld, name: string): Promise<string> {
  const card = /^card (\d)$/.exec(name)?.[1];
  if (card === undefined) return name;
  const mac = macOf(Number(card));
  return until(world, `An interface with the address ${mac}`, 'ip link', (values) => {
    const found = values.find((row) => row['mac'] === mac);
    return found === undefined ? undefined : String(found['name']);
  });
}

const usable = (row: Row): boolean => row['state'] === 'preferred' || row['state'] === 'deprecated';

/** Whether an address lies between two, both included, or begins with a prefix: `192.0.2.`, `2001:db8:1::`. */
function isIn(address: unknown, range: string): boolean {
  const [first = '', last] = range.split(' to ');
  if (last === undefined) return String(address).startsWith(first);
  const [low, high, it] = [first, last, String(address)].map((text) => text.split('.').map(Number));
  const network = (parts: readonly number[] | undefined) => parts?.slice(0, 3).join('.');
  const host = (parts: readonly number[] | undefined) => parts?.[3] ?? Number.NaN;
  return network(low) === network(it) && host(it) >= host(low) && host(it) <= host(high);
}

Then(
  '{string} gets an address in {string} by {string}',
  async function (this: PanosWorld, card: string, range: string, origin: string) {
    const name = await interfaceName(this, card);
    const found = await until(this, `An address of ${name} in ${range} by ${origin}`, 'ip addr', (values) =>
      values.find(
        (row) => row['interface'] === name && row['origin'] === origin && isIn(row['address'], range) && usable(row),
      ),
    );
    this.log(`${name} has ${found['address']}`);
    this.notes.set(`address by ${origin}`, found['address']);
  },
);

Then('{string} has no address in {string}', async function (this: PanosWorld, card: string, range: string) {
  const name = await interfaceName(this, card);
  const found = (await rows(this, 'ip addr')).find(
    (row) => row['interface'] === name && isIn(row['address'], range) && usable(row),
  );
  if (found !== undefined) throw new ExpectationError(`${name} has ${found['address']}`);
});

Then('{string} comes to have no address in {string}', async function (this: PanosWorld, card: string, range: string) {
  const name = await interfaceName(this, card);
  await until(this, `${name} losing its addresses in ${range}`, 'ip addr', (values) =>
    values.some((row) => row['interface'] === name && isIn(row['address'], range)) ? undefined : true,
  );
});

Then('its address by {string} is still the same', async function (this: PanosWorld, origin: string) {
  const before = this.notes.get(`address by ${origin}`);
  const now = (await rows(this, 'ip addr')).find((row) => row['origin'] === origin && row['family'] === 4);
  if (now?.['address'] !== before) throw new ExpectationError(`it had ${before}, and has ${now?.['address']}`);
});

Then('its lease comes to be {string}', async function (this: PanosWorld, state: string) {
  await lease(this, state);
});

Then('its lease comes to end later', async function (this: PanosWorld) {
  const before = await leaseEnd(this);
  const seconds = await Deadline.in(bootPatience).poll('A later end of the lease', async () => {
    const gained = (await leaseEnd(this)) - before;
    // Less is what the questions took.
    return gained > 2 ? gained : undefined;
  });
  this.log(`the lease ends ${seconds.toFixed(1)} s later`);
});

const lease = (world: PanosWorld, state: string): Promise<Row> =>
  until(world, `A lease that is ${state}`, 'ip lease', (values) =>
    values.find((row) => row['protocol'] === 'dhcp4' && row['state'] === state),
  );

/** When the lease ends, in seconds since the machine started. */
async function leaseEnd(world: PanosWorld): Promise<number> {
  const { expiresIn } = await lease(world, 'bound');
  return (await uptime(world)) + Number(expiresIn);
}

async function uptime(world: PanosWorld): Promise<number> {
  const [row] = await rows(world, 'uptime');
  const seconds = Number(row?.['seconds']);
  if (!Number.isFinite(seconds)) throw new ExpectationError(`"uptime" says ${JSON.stringify(row)}`);
  return seconds;
}

Then('{string} has a carrier', async function (this: PanosWorld, name: string) {
  await carrier(this, name, true);
});

Then('{string} has no carrier', async function (this: PanosWorld, name: string) {
  await carrier(this, name, false);
});

const carrier = (world: PanosWorld, name: string, up: boolean): Promise<true> =>
  until(world, `${name} ${up ? 'having' : 'losing'} its carrier`, 'ip link', (values) =>
    values.some((row) => row['name'] === name && row['up'] === up) ? true : undefined,
  );

Then('its route to {string} leads over {string}', async function (this: PanosWorld, destination: string, card: string) {
  const name = await interfaceName(this, card);
  await until(this, `A route to ${destination}`, 'ip route', (values) => {
    const found = values.filter((row) => row['destination'] === destination);
    const best = found.toSorted((one, other) => Number(one['metric']) - Number(other['metric']))[0];
    return best?.['interface'] === name ? true : undefined;
  });
});

Then('its only route to {string} leads over {string}', async function (this: PanosWorld, to: string, card: string) {
  const name = await interfaceName(this, card);
  const found = (await rows(this, 'ip route')).filter((row) => row['destination'] === to);
  if (found.length !== 1 || found[0]?.['interface'] !== name) {
    throw new ExpectationError(`its routes to ${to} are ${JSON.stringify(found)}`);
  }
});

Then('it resolves {string} to {string}', async function (this: PanosWorld, question: string, answer: string) {
  await until(
    this,
    `${question} being ${answer}`,
    `resolve ${question}`,
    (values) => (values.some((row) => row['address'] === answer || row['value'] === answer) ? true : undefined),
    30,
  );
});

Then(
  'its answer to {string} holds at least {int} characters',
  async function (this: PanosWorld, command: string, least: number) {
    const { length } = (await rows(this, command)).map((row) => String(row['value'])).join('');
    if (length < least) throw new ExpectationError(`the answer has ${length} characters`);
  },
);

Then('it fetches {string} as the web server has it', async function (this: PanosWorld, url: string) {
  const [row] = await rows(this, `fetch ${url}`);
  const path = new URL(url).pathname.slice(1);
  const page = pages.find((one) => one.path === path);
  const { status, bytes, sha256 } = row ?? {};
  if (status !== 200 || bytes !== page?.content.length || sha256 !== page?.sha256) {
    throw new ExpectationError(`it got ${JSON.stringify(row)} instead of ${page?.content.length} bytes`);
  }
});

Then('it is answered when it pings {string}', async function (this: PanosWorld, destination: string) {
  const replies = await rows(this, `ping ${destination.includes(':') ? '-6 ' : ''}-c 3 ${destination}`);
  const answered = replies.filter((row) => row['from'] === destination && typeof row['roundTrip'] === 'number');
  if (answered.length === 0) throw new ExpectationError(`the replies are ${JSON.stringify(replies)}`);
});

Then('the network daemon logs {string}', async function (this: PanosWorld, pattern: string) {
  await until(this, `A record of net that matches ${pattern}`, 'log --unit net', (values) =>
    values.some(({ message }) => new RegExp(pattern).test(String(message))) ? true : undefined,
  );
});

When('the network daemon is killed', async function (this: PanosWorld) {
  const net = (await rows(this, 'services')).find((row) => row['name'] === 'net');
  if (typeof net?.['pid'] !== 'number') throw new ExpectationError(`the service net is ${JSON.stringify(net)}`);
  this.notes.set('addresses', await globalAddresses(this));
  await rows(this, `kill --signal KILL ${net['pid']}`);
  this.notes.set('killed', net['pid']);
});

/**
 * How long it took is kept, by the guest's own clock: from the end of the process to the last of the addresses. Whether that
 * is soon enough is the benchmark's to say, on a machine that does nothing else.
 */
Then('it has the same addresses again', async function (this: PanosWorld) {
  const before = this.notes.get('addresses') as readonly string[];
  await until(this, 'Another process of the service net', 'services', (values) =>
    values.find((row) => row['name'] === 'net' && row['state'] === 'ready' && row['pid'] !== this.notes.get('killed')),
  );
  await Deadline.in(bootPatience).poll('The same addresses', async () => {
    const now = await globalAddresses(this);
    return before.every((address) => now.includes(address)) ? true : undefined;
  });
  const end = (await rows(this, 'log --unit init')).findLast(({ message }) => /^net ended /.test(String(message)));
  const killedAt = Number(end?.['uptime']);
  const told = (await rows(this, 'log --unit net')).filter(({ uptime: at }) => Number(at) > killedAt);
  const moments = before.map((address) =>
    Number(told.find(({ message }) => String(message).includes(`${address}/`))?.['uptime']),
  );
  const took = Math.max(...moments) - killedAt;
  if (!(took > 0)) throw new ExpectationError(`the log does not tell when ${before.join(', ')} came back`);
  this.log(`${before.join(', ')}: again after ${took.toFixed(2)} s`);
});

async function globalAddresses(world: PanosWorld): Promise<string[]> {
  return (await rows(world, 'ip addr'))
    .filter((row) => usable(row) && ['dhcp', 'slaac', 'static'].includes(String(row['origin'])))
    .map(({ address }) => String(address));
}

/** A record of its log carries the time of day and the time since the start: the rest is arithmetic. */
Then('its clock comes to be right within {float} s', async function (this: PanosWorld, seconds: number) {
  await Deadline.in(bootPatience).poll('The right time of day', async () => {
    const [record] = (await rows(this, 'log --limit 1')).slice(-1);
    const now = Date.parse(String(record?.['time'])) / 1000 + (await uptime(this)) - Number(record?.['uptime']);
    return Math.abs(now - Date.now() / 1000) < seconds ? true : undefined;
  });
});
