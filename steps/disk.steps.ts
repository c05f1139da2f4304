/** What a person with another computer could do to the disk, and what is found on it afterwards. */
import { Given, Then, When } from '@cucumber/cucumber';
import type { PanosWorld } from '../harness/cucumber/world.ts';
import { ExpectationError } from '../harness/machine/contract.ts';

Given('the file {string} on its EFI system partition is:', function (this: PanosWorld, path: string, content: string) {
  this.preparation.esp[path] = content;
});

Given('the file {string} on its seed is:', function (this: PanosWorld, name: string, content: string) {
  this.preparation.seed[name] = content;
});

Given('its disk has a cache that forgets what was not flushed', function (this: PanosWorld) {
  this.preparation.volatileCache = true;
});

Given('a machine whose disk can be opened', async function (this: PanosWorld) {
  await this.rawDisk();
});

When(
  'the first {int} bytes of partition {string} are overwritten with noise',
  async function (this: PanosWorld, length: number, partition: string) {
    await (await this.rawDisk()).overwrite(partition, 0, noise(length, 7));
  },
);

When(
  'all of partition {string} that is in use is overwritten with noise',
  async function (this: PanosWorld, partition: string) {
    await (await this.rawDisk()).overwriteUsed(partition, noise(4096, 11));
  },
);

Then('the serial line shows at least {int} records kept', async function (this: PanosWorld, least: number) {
  await this.waitForText(/writer: kept \d+\n/);
  const kept = Number([...this.said.matchAll(/writer: kept (\d+)\n/g)].at(-1)?.[1]);
  if (kept < least) throw new ExpectationError(`${kept} records were kept`);
});

Then('the folder {string} holds what was left of the old one', async function (this: PanosWorld, folder: string) {
  const { values } = await this.run(`ls ${folder}`);
  const [kept] = values.map((each) => String(each['name']));
  if (kept === undefined) throw new ExpectationError(`${folder} is empty`);
  const { values: files } = await this.run(`ls ${folder}/${kept}`);
  if (!files.some((file) => Number(file['size']) > 0)) throw new ExpectationError(`${folder}/${kept} holds nothing`);
});

/** Bytes that no file system could be made of; the same for the same seed. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    bytes[index] = state >>> 16;
  }
  return bytes;
}
