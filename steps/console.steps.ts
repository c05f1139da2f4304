/** Commands on the serial console, and their answers. */
import { Then, When } from '@cucumber/cucumber';
import { bootPatience } from '../harness/cucumber/lab.ts';
import type { PanosWorld } from '../harness/cucumber/world.ts';
import { ExpectationError } from '../harness/machine/contract.ts';
import { Deadline } from '../host/lib/deadline.ts';

When('{string} is run', async function (this: PanosWorld, command: string) {
  this.answer = await this.run(command);
});

/** For commands after which there is no answer to wait for. */
When('{string} is typed', async function (this: PanosWorld, command: string) {
  if (command === 'reboot') this.notes.set('reboot', this.machine.rebooted(Deadline.in(bootPatience)));
  await this.console.enter(command, Deadline.in(30));
});

Then('it answers {int} with at least {int} value(s)', function (this: PanosWorld, status: number, least: number) {
  const { answer } = this;
  if (answer?.status !== status) throw new ExpectationError(`the answer was ${JSON.stringify(answer)}`);
  if (answer.values.length < least) throw new ExpectationError(`the answer has ${answer.values.length} values`);
});

Then('it answers {int} naming {string}', function (this: PanosWorld, status: number, name: string) {
  const { answer } = this;
  if (answer?.status !== status || !answer.error?.includes(name)) {
    throw new ExpectationError(`the answer was ${JSON.stringify(answer)}`);
  }
});

Then('{string} is mounted read-only as {string}', async function (this: PanosWorld, target: string, type: string) {
  const mount = await findMount(this, target);
  if (mount['type'] !== type || !String(mount['options']).split(',').includes('ro')) {
    throw new ExpectationError(`${target} is mounted as ${JSON.stringify(mount)}`);
  }
});

Then('{string} is mounted from a disk as {string}', async function (this: PanosWorld, target: string, type: string) {
  const mount = await findMount(this, target);
  if (mount['type'] !== type || !String(mount['source']).startsWith('/dev/')) {
    throw new ExpectationError(`${target} is mounted as ${JSON.stringify(mount)}`);
  }
});

Then('it has a network interface', async function (this: PanosWorld) {
  const { values } = await this.run('ls /sys/class/net');
  const names = values.map((value) => String(value['name']));
  if (!names.some((name) => /^(eth|en)/.test(name)))
    throw new ExpectationError(`its interfaces are ${names.join(', ')}`);
});

Then('its host name is {string}', async function (this: PanosWorld, name: string) {
  const { values } = await this.run('hostname');
  if (JSON.stringify(values).includes(`"${name}"`)) return;
  throw new ExpectationError(`its host name is ${JSON.stringify(values)}`);
});

Then('its settings have a problem that matches {string}', async function (this: PanosWorld, pattern: string) {
  const { values } = await this.run('settings');
  if (!new RegExp(pattern).test(JSON.stringify(values))) {
    throw new ExpectationError(`its settings are ${JSON.stringify(values)}`);
  }
});

async function findMount(world: PanosWorld, target: string): Promise<Record<string, unknown>> {
  const { values } = await world.run('mount');
  const mount = values.find((each) => each['target'] === target);
  if (!mount) throw new ExpectationError(`nothing is mounted at ${target}`);
  return mount;
}
