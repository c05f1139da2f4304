/** Ending and restarting machines, politely or not. */
import { Then, When } from '@cucumber/cucumber';
import { bootPatience } from '../harness/cucumber/lab.ts';
import type { PanosWorld } from '../harness/cucumber/world.ts';
import { ExpectationError } from '../harness/machine/contract.ts';
import { Deadline } from '../host/lib/deadline.ts';

When('its power button is pressed', async function (this: PanosWorld) {
  await this.machine.pressPowerButton();
});

When('{string} is pressed on its keyboard', async function (this: PanosWorld, chord: string) {
  this.notes.set('reboot', this.machine.rebooted(Deadline.in(bootPatience)));
  await this.machine.keyboard.chord(chord.split('+'));
});

Then('it is off within {int} s', async function (this: PanosWorld, seconds: number) {
  const reason = await this.machine.stopped(Deadline.in(seconds));
  if (reason !== 'guest-shutdown') throw new ExpectationError(`it stopped by ${reason}`);
});

Then('it reboots', async function (this: PanosWorld) {
  await ((this.notes.get('reboot') as Promise<void> | undefined) ?? this.machine.rebooted(Deadline.in(bootPatience)));
  this.since = this.console.position;
});

/** A file system that was unmounted needs no recovery: the kernel says so at the next mount if it does. */
Then('its data partition was left clean', { timeout: 5 * 60_000 }, async function (this: PanosWorld) {
  await this.powerOn();
  const deadline = Deadline.in(bootPatience);
  await this.waitForText(/panos init: ready: /);
  await this.console.waitForPrompt(deadline);
  const { values } = await this.run('dmesg --limit 2000');
  const recovery = values.map(({ message }) => String(message)).find((line) => /EXT4-fs.*(recover|orphan)/i.test(line));
  if (recovery !== undefined) throw new ExpectationError(`the kernel says: ${recovery}`);
});

When(
  'its power is cut {int} times while it writes, at moments drawn with seed {int}',
  { timeout: 40 * 60_000 },
  async function (this: PanosWorld, times: number, seed: number) {
    const cuts: { cut: number; afterMs: number; acknowledged: number; kept: number; lost: number }[] = [];
    const random = mulberry32(seed);
    let acknowledged = 0;
    for (let cut = 1; cut <= times; cut += 1) {
      await this.powerOn();
      const deadline = Deadline.in(bootPatience);
      await this.waitForText(/writer: kept \d+\n/);
      const kept = lastNumber(this.said, /writer: kept (\d+)\n/g);
      if (kept < acknowledged) {
        throw new ExpectationError(`record ${acknowledged} was acknowledged before cut ${cut}, ${kept} are left`);
      }
      await this.waitForText(/writer: fsynced \d+\n/);
      const afterMs = Math.floor(random() * 1500);
      await deadline.race(new Promise((resolve) => setTimeout(resolve, afterMs)), 'The moment of the cut');
      const { kept: written, lost } = await this.cutPower(() => random() < 0.5);
      acknowledged = lastNumber(this.said, /writer: fsynced (\d+)\n/g);
      cuts.push({ cut, afterMs, acknowledged, kept, lost });
      this.log(
        `cut ${cut} after ${afterMs} ms: ${kept} records had been kept, ${acknowledged} were acknowledged, ` +
          `${written} writes are on the disk, ${lost} were lost with its cache`,
      );
    }
    this.notes.set('cuts', cuts);
    this.notes.set('acknowledged', acknowledged);
  },
);

Then('it came up every time', async function (this: PanosWorld) {
  await this.powerOn();
  await this.waitForText(/panos init: ready: all services are up/);
});

Then('no acknowledged record was lost', async function (this: PanosWorld) {
  await this.waitForText(/writer: kept \d+\n/);
  const kept = lastNumber(this.said, /writer: kept (\d+)\n/g);
  const acknowledged = Number(this.notes.get('acknowledged'));
  if (acknowledged === 0) throw new ExpectationError('nothing was acknowledged, so nothing was proved');
  if (kept < acknowledged) throw new ExpectationError(`${acknowledged} were acknowledged, ${kept} are left`);
});

function lastNumber(text: string, pattern: RegExp): number {
  return Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);
}

/** Tommy Ettinger's mulberry32: small, and the same sequence for the same seed everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
