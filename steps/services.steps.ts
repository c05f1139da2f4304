/** Services: how they are declared for a scenario, and what becomes of them. */
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { Given, Then, When } from '@cucumber/cucumber';
import { bootPatience } from '../harness/cucumber/lab.ts';
import type { PanosWorld } from '../harness/cucumber/world.ts';
import { ExpectationError } from '../harness/machine/contract.ts';
import { Deadline } from '../host/lib/deadline.ts';
import { repository } from '../host/lib/paths.ts';

/** The service of this name out of features/services, on the seed, with what the scenario says about it. */
async function declare(world: PanosWorld, name: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const source = await readFile(join(repository, 'features/services', `${name}.ts`), 'utf8');
  const module = `${name}.mjs`;
  world.preparation.seed[module] = stripTypeScriptTypes(source);
  world.preparation.seed['panos.json'] = JSON.stringify({
    // What services print is to be seen on the serial line, also when the machine is ready.
    log: { serial: 'info' },
    services: [{ name, module: `/run/seed/${module}`, ...more }],
  });
}

Given('a machine with the service {string}', function (this: PanosWorld, name: string) {
  return declare(this, name);
});

Given(
  'a machine with the service {string} and {int} MiB',
  function (this: PanosWorld, name: string, memoryMiB: number) {
    return declare(this, name, { memoryMiB });
  },
);

Given(
  'a machine with the service {string} and {int} processes',
  function (this: PanosWorld, name: string, processes: number) {
    return declare(this, name, { processes });
  },
);

Given('a machine with the service {string} whose disk can be opened', async function (this: PanosWorld, name: string) {
  await this.rawDisk();
  await declare(this, name);
});

When(
  'process of service {string} is killed with {string}',
  async function (this: PanosWorld, name: string, signal: string) {
    const { pid } = await service(this, name);
    if (typeof pid !== 'number') throw new ExpectationError(`service ${name} has no process`);
    this.notes.set('pid', pid);
    this.notes.set('killed at', await uptime(this));
    if (name === 'console') await this.console.enter(`kill --signal ${signal} ${pid}`, Deadline.in(30));
    else await this.run(`kill --signal ${signal} ${pid}`);
  },
);

Then('service {string} is ready', async function (this: PanosWorld, name: string) {
  await inState(this, name, 'ready');
});

Then('service {string} is failed', async function (this: PanosWorld, name: string) {
  await inState(this, name, 'failed');
});

Then('service {string} fails again', async function (this: PanosWorld, name: string) {
  const { values } = await this.run(`log --unit ${name}`);
  const before = values.length;
  await Deadline.in(bootPatience).poll(`Another start of ${name}`, async () => {
    const { values: now } = await this.run(`log --unit ${name}`);
    return now.length > before ? true : undefined;
  });
  await inState(this, name, 'failed');
});

Then(
  'service {string} is ready again within {int} s, as another process',
  async function (this: PanosWorld, name: string, seconds: number) {
    const old = this.notes.get('pid');
    const again = await Deadline.in(bootPatience).poll(`Service ${name} being ready again`, async () => {
      const now = await service(this, name);
      return now['state'] === 'ready' && now['pid'] !== old ? now : undefined;
    });
    // By the guest's own clock: since when it is ready, less the moment before it was killed.
    const took = Number(again['since']) - Number(this.notes.get('killed at'));
    this.log(`${name} was ready again after ${took.toFixed(2)} s`);
    if (took > seconds) throw new ExpectationError(`it took ${took.toFixed(2)} s`);
  },
);

Then('the only service is {string}', async function (this: PanosWorld, name: string) {
  const { values } = await this.run('services');
  const names = values.map((each) => each['name']);
  if (names.length !== 1 || names[0] !== name) throw new ExpectationError(`the services are ${names.join(', ')}`);
});

Then('it says that it is in safe mode', async function (this: PanosWorld) {
  await this.waitForText(/panos init: .*safe mode/i);
  await this.console.waitForPrompt(Deadline.in(bootPatience));
});

Then('the console has not been restarted', async function (this: PanosWorld) {
  const { restarts } = await service(this, 'console');
  if (restarts !== 0) throw new ExpectationError(`the console was restarted ${restarts} times`);
});

Then('a crash report of {string} names {string}', async function (this: PanosWorld, name: string, how: string) {
  const { values } = await this.run('ls /data/crash');
  const report = values.map((each) => String(each['name'])).find((file) => file.endsWith(`-${name}.json`));
  if (report === undefined) throw new ExpectationError(`the reports are ${JSON.stringify(values)}`);
  const { values: content } = await this.run(`cat /data/crash/${report}`);
  if (!JSON.stringify(content).includes(how)) throw new ExpectationError(`the report is ${JSON.stringify(content)}`);
});

Then('no process stays a zombie', async function (this: PanosWorld) {
  await Deadline.in(30).poll('The end of the last zombie', async () => {
    const { values } = await this.run('ps');
    return values.some((each) => each['state'] === 'Z') ? undefined : true;
  });
});

async function service(world: PanosWorld, name: string): Promise<Record<string, unknown>> {
  const { values } = await world.run('services');
  const found = values.find((each) => each['name'] === name);
  if (!found) throw new ExpectationError(`there is no service ${name}`);
  return found;
}

async function inState(world: PanosWorld, name: string, state: string): Promise<void> {
  await Deadline.in(bootPatience).poll(`Service ${name} being ${state}`, async () => {
    const now = await service(world, name);
    return now['state'] === state ? true : undefined;
  });
}

async function uptime(world: PanosWorld): Promise<number> {
  const { values } = await world.run('uptime');
  const seconds = values[0]?.['seconds'];
  if (typeof seconds !== 'number') throw new ExpectationError(`uptime answers ${JSON.stringify(values)}`);
  return seconds;
}
