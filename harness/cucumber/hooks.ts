/** What happens around every scenario: a folder before it; evidence, and nothing left running, after it. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { After, AfterStep, Before, Status, setDefaultTimeout } from '@cucumber/cucumber';
import { buildDirectory } from '../../host/lib/paths.ts';
import type { PanosWorld } from './world.ts';

/** Steps carry deadlines of their own, with better messages; this one is for a lab that hangs. */
setDefaultTimeout(15 * 60_000);

Before(async function (this: PanosWorld, { testCaseStartedId }) {
  // Workers may be threads of one process, so neither its number nor a count of their own would be unique.
  this.name = `scenario-${testCaseStartedId.slice(0, 8)}`;
  this.directory = join(buildDirectory, 'scenarios', this.name);
  await mkdir(this.directory, { recursive: true });
});

/** Steps that show something worth a picture are marked by their scenario. */
AfterStep({ tags: '@pictures' }, async function (this: PanosWorld) {
  if (this.hasMachine && this.machine.state === 'running') await attachScreenshot(this, 'screen after this step');
});

After(async function (this: PanosWorld, { result, pickle }) {
  let failed = result?.status === Status.FAILED;
  const marked = pickle.tags.some(({ name }) => name === '@evidence' || name === '@pictures');
  try {
    if (result?.status === Status.PASSED && this.hasNetwork) await this.network.expectFlawlessFrames();
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    try {
      if (failed || marked) await attachEvidence(this);
    } finally {
      await this.dispose();
      await this.closeNetwork();
      if (!failed) await rm(this.directory, { recursive: true, force: true });
    }
  }
});

async function attachEvidence(world: PanosWorld): Promise<void> {
  const evidence = [
    ...(world.hasMachine ? await world.machine.evidence() : []),
    ...(world.hasNetwork ? await world.network.evidence() : []),
  ];
  for (const { name, mediaType, path } of evidence) {
    const content = await readFile(path).catch(() => undefined);
    if (content && content.length > 0) world.attach(content, { mediaType, fileName: name });
  }
}

async function attachScreenshot(world: PanosWorld, title: string): Promise<void> {
  const path = join(world.directory, 'screen.png');
  await world.machine.screenshot(path);
  world.attach(await readFile(path), { mediaType: 'image/png', fileName: `${title}.png` });
}
