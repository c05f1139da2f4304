/** Making machines, powering them on, and what can be seen from outside. */
import { Given, Then, When } from '@cucumber/cucumber';
import { bootPatience } from '../harness/cucumber/lab.ts';
import type { PanosWorld } from '../harness/cucumber/world.ts';
import { waitForChange, waitForContent } from '../harness/guest/screen.ts';
import { ExpectationError } from '../harness/machine/contract.ts';
import type { Picture } from '../harness/machine/png.ts';
import { Deadline } from '../host/lib/deadline.ts';

Given('a machine', () => {});

Given('a machine of profile {string}', async function (this: PanosWorld, profile: string) {
  const reason = await this.unavailable(profile);
  if (reason !== undefined) return this.skip(reason);
  this.profileName = profile;
  return undefined;
});

Given(
  'a machine of profile {string} that starts from the optical disc',
  async function (this: PanosWorld, profile: string) {
    this.profileName = profile;
    this.preparation.opticalDisc = true;
  },
);

Given('a machine that is ready', { timeout: 5 * 60_000 }, async function (this: PanosWorld) {
  await this.startReady();
});

Given("its kernel's command line has the words {string}", function (this: PanosWorld, words: string) {
  this.preparation.commandLine = words;
});

When('it is powered on', async function (this: PanosWorld) {
  await this.powerOn();
});

When('it is powered on with {string} held', async function (this: PanosWorld, code: string) {
  await this.powerOn();
  // The BIOS forgets keys that went down before its keyboard driver was there, so the key is pressed until it counts.
  const boot = Deadline.in(bootPatience);
  while (!/panos init: /.test(this.said)) {
    await this.machine.keyboard.down(code);
    await boot.race(new Promise((resolve) => setTimeout(resolve, 20)), 'The first line of PID 1');
  }
  await this.machine.keyboard.up(code);
});

Then('it is ready', async function (this: PanosWorld) {
  const deadline = Deadline.in(bootPatience);
  await this.waitForText(/panos init: ready: all services are up/);
  await this.console.waitForPrompt(deadline);
});

Then('the console prompts again', async function (this: PanosWorld) {
  await this.console.waitForPrompt(Deadline.in(bootPatience));
});

Then('the serial line shows {string}', async function (this: PanosWorld, text: string) {
  await this.waitForText(text);
});

Then(
  'the serial line shows {string} before {string}',
  async function (this: PanosWorld, first: string, second: string) {
    await this.waitForText(second);
    const history = this.said;
    const [early, late] = [history.indexOf(first), history.indexOf(second)];
    if (early < 0 || early > late) throw new ExpectationError(`"${first}" does not stand before "${second}"`);
  },
);

Then('its screen shows something', async function (this: PanosWorld) {
  await waitForContent(this.machine, Deadline.in(20));
});

When('{string} and Enter are typed on its keyboard', async function (this: PanosWorld, text: string) {
  this.notes.set('screen', await this.takePicture());
  await this.machine.keyboard.type(text);
  await this.machine.keyboard.chord(['Enter']);
});

Then('its screen changes', async function (this: PanosWorld) {
  await waitForChange(this.machine, this.notes.get('screen') as Picture, Deadline.in(20));
});

Then('the times from power-on are kept with the report', function (this: PanosWorld) {
  const lines = this.said.split('\n').filter((line) => / panos init: /.test(line));
  if (lines.length === 0) throw new ExpectationError('PID 1 said nothing');
  this.attach(lines.join('\n'), { mediaType: 'text/plain', fileName: 'times.txt' });
});
