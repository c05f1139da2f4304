/** The image itself, looked at without starting it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { glob, lstat, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Then, When } from '@cucumber/cucumber';
import { execa } from 'execa';
import { openLab } from '../harness/cucumber/lab.ts';
import type { PanosWorld } from '../harness/cucumber/world.ts';
import { sameDisk } from '../harness/disk/compare.ts';
import { extractRoot } from '../harness/disk/root.ts';
import { ExpectationError } from '../harness/machine/contract.ts';
import { repository } from '../host/lib/paths.ts';

const panos = join(repository, 'panos');

When('the root file system is taken out of the image', async function (this: PanosWorld) {
  const { toolbox, image } = await this.lab;
  this.notes.set('root', await extractRoot(toolbox, image.disk, join(this.directory, 'root')));
});

Then('its only programs are {string}', async function (this: PanosWorld, list: string) {
  const programs: string[] = [];
  for (const path of await files(this)) {
    const { mode } = await lstat(path.host);
    const isLibrary = /\.so(\.\d+)*$/.test(path.guest) && !(mode & 0o111);
    if ((await isElf(path.host)) ? !isLibrary : mode & 0o111) programs.push(path.guest);
  }
  if (programs.sort().join(', ') !== list) throw new ExpectationError(`its programs are ${programs.join(', ')}`);
});

Then('no file of it is a script that could be run', async function (this: PanosWorld) {
  for (const path of await files(this)) {
    if ((await firstBytes(path.host, 2)).toString('latin1') === '#!')
      throw new ExpectationError(`${path.guest} is a script`);
  }
});

Then('no file of it has a set-user-ID or set-group-ID bit', async function (this: PanosWorld) {
  for (const path of await files(this)) {
    const { mode } = await lstat(path.host);
    if (mode & 0o6000) throw new ExpectationError(`${path.guest} has mode ${mode.toString(8)}`);
  }
});

interface Bill {
  readonly files: readonly { fileName: string; checksums: readonly { algorithm: string; checksumValue: string }[] }[];
  readonly packages: readonly Record<string, string>[];
}

async function bill(): Promise<Bill> {
  const { image } = await openLab();
  return JSON.parse(await readFile(image.sbom, 'utf8')) as Bill;
}

Then('the bill of materials lists exactly its files, with their hashes', async function (this: PanosWorld) {
  const listed = new Map(
    (await bill()).files
      .map(
        ({ fileName, checksums }) =>
          [
            fileName.replace(/^\.?\/?/, '/'),
            checksums.find(({ algorithm }) => algorithm === 'SHA256')?.checksumValue,
          ] as const,
      )
      // The EFI system partition is listed too, where it is mounted.
      .filter(([name]) => !name.startsWith('/boot/')),
  );
  for (const { host, guest } of await files(this)) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(host), hash);
    if (listed.get(guest) !== hash.digest('hex')) throw new ExpectationError(`${guest} is not as listed`);
    listed.delete(guest);
  }
  if (listed.size > 0) throw new ExpectationError(`listed, but not there: ${[...listed.keys()].join(', ')}`);
});

Then('every package of the bill of materials has a version and a licence', async () => {
  for (const { name, versionInfo, licenseDeclared, primaryPackagePurpose } of (await bill()).packages) {
    // The image as a whole is of many licences.
    if (primaryPackagePurpose === 'OPERATING-SYSTEM') continue;
    if (!versionInfo || !licenseDeclared || licenseDeclared === 'NOASSERTION') {
      throw new ExpectationError(`${name} has version ${versionInfo} and licence ${licenseDeclared}`);
    }
  }
});

When('the image is built again from the same inputs', { timeout: 10 * 60_000 }, async function (this: PanosWorld) {
  await execa(panos, ['build', '--again', join(this.directory, 'again')]);
});

Then('both images have the same bytes', async function (this: PanosWorld) {
  const { image } = await this.lab;
  for (const name of ['panos.raw', 'panos.spdx.json']) {
    await execa('cmp', [join(image.directory, name), join(this.directory, 'again', name)]);
  }
});

When('the image is written as {string}', { timeout: 10 * 60_000 }, async function (this: PanosWorld, format: string) {
  const { stdout } = await execa(panos, ['build', '--format', format, '--json']);
  this.notes.set('file', (JSON.parse(stdout) as { files: string[] }).files[0]);
});

Then('an independent reader finds the same disk in it', { timeout: 10 * 60_000 }, async function (this: PanosWorld) {
  const { toolbox, image } = await this.lab;
  await sameDisk(toolbox, image.disk, String(this.notes.get('file')), this.directory);
});

/** The regular files below the extracted root. */
async function files(world: PanosWorld): Promise<readonly { host: string; guest: string }[]> {
  const root = String(world.notes.get('root'));
  const found: { host: string; guest: string }[] = [];
  for await (const entry of glob('**/*', { cwd: root, withFileTypes: true })) {
    const host = join(entry.parentPath, entry.name);
    if (entry.isFile()) found.push({ host, guest: host.slice(root.length) });
  }
  if (found.length === 0) throw new ExpectationError('the root file system is empty');
  return found;
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(count);
    await file.read(buffer, 0, count, 0);
    return buffer;
  } finally {
    await file.close();
  }
}

const isElf = async (path: string): Promise<boolean> => (await firstBytes(path, 4)).toString('latin1') === '\x7fELF';
