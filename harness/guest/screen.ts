import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deadline } from '../../host/lib/deadline.ts';
import type { Machine } from '../machine/contract.ts';
import { decodePng, type Picture } from '../machine/png.ts';

/** Milliseconds between two looks: a screen announces nothing. */
const lookEvery = 100;

/** What the machine shows now. */
export async function look(machine: Pick<Machine, 'screenshot'>): Promise<Picture> {
  const directory = await mkdtemp(join(tmpdir(), 'panos-screen-'));
  try {
    const path = join(directory, 'screen.png');
    await machine.screenshot(path);
    return decodePng(await readFile(path));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Looks again and again until `accept` likes what it sees.
 * @throws DeadlineError naming `what`
 */
async function waitForPicture(
  machine: Pick<Machine, 'screenshot'>,
  what: string,
  accept: (picture: Picture) => boolean,
  deadline: Deadline,
): Promise<Picture> {
  const probe = async () => {
    const picture = await look(machine);
    return accept(picture) ? picture : undefined;
  };
  return await deadline.poll(what, probe, lookEvery);
}

/** Waits until the screen shows more than one colour. */
export const waitForContent = (machine: Pick<Machine, 'screenshot'>, deadline: Deadline): Promise<Picture> =>
  waitForPicture(machine, 'something on the screen', (picture) => !isUniform(picture), deadline);

/** Waits until the screen differs from `before` in more than a cursor's worth of pixels, or in size. */
export const waitForChange = (
  machine: Pick<Machine, 'screenshot'>,
  before: Picture,
  deadline: Deadline,
): Promise<Picture> =>
  waitForPicture(machine, 'a change on the screen', (picture) => difference(before, picture) > 0.001, deadline);

/** Whether all pixels have one colour. */
export function isUniform({ rgb }: Picture): boolean {
  for (let at = 3; at < rgb.length; at++) if (rgb[at] !== rgb[at - 3]) return false;
  return true;
}

/** The fraction of pixels that differ, 0 to 1; 1 for pictures of different sizes. */
export function difference(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let different = 0;
  for (let at = 0; at < a.rgb.length; at += 3) {
    if (a.rgb[at] !== b.rgb[at] || a.rgb[at + 1] !== b.rgb[at + 1] || a.rgb[at + 2] !== b.rgb[at + 2]) different++;
  }
  return different / (a.width * a.height);
}
