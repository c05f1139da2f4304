/** What the machine's log says. */
import { Then } from '@cucumber/cucumber';
import { bootPatience } from '../harness/cucumber/lab.ts';
import type { PanosWorld } from '../harness/cucumber/world.ts';
import { Deadline } from '../host/lib/deadline.ts';

/** Waits until a record of what `options` select matches, in `unit: message` form. */
async function logged(world: PanosWorld, pattern: RegExp, options: string): Promise<void> {
  await Deadline.in(bootPatience).poll(`A record of "log ${options}" that matches ${pattern}`, async () => {
    const { values } = await world.run(`log ${options}`);
    return values.some(({ unit, message }) => pattern.test(`${unit}: ${message}`)) ? true : undefined;
  });
}

Then('the log has a warning that matches {string}', function (this: PanosWorld, pattern: string) {
  return logged(this, new RegExp(pattern), '--severity warning');
});

Then('the log has an error that matches {string}', function (this: PanosWorld, pattern: string) {
  return logged(this, new RegExp(pattern), '--severity error');
});

Then('the log comes to have a message that matches {string}', async function (this: PanosWorld, pattern: string) {
  await this.console.waitForPrompt(Deadline.in(bootPatience));
  await logged(this, new RegExp(pattern), '--unit init');
});

Then('the log tells when {string} became ready', function (this: PanosWorld, name: string) {
  return logged(this, new RegExp(`init: ${name} is ready`), '--unit init');
});
