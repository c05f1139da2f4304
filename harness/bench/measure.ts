/** `./panos bench`: which part measures what. */
import type { Bench } from './bench.ts';
import { measureIdleBuild } from './build.ts';
import type { Figure } from './figure.ts';
import { measureGuests } from './network/guest.ts';
import { measureNetwork } from './network/measure.ts';
import { measureRestore } from './restore.ts';
import { measureSizes } from './sizes.ts';
import { measureStart } from './start.ts';
import { suiteFigure } from './suite.ts';

/** What can be asked for by itself. */
export const parts = ['boot', 'memory', 'net', 'lab'] as const;
export type Part = (typeof parts)[number];

/** @throws Failure, LabError: a figure that cannot be taken ends the run, because a report with holes would be compared */
export async function measure(wanted: ReadonlySet<Part>, bench: Bench): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const [boot, memory] = [wanted.has('boot'), wanted.has('memory')];
  if (boot || memory) figures.push(...(await measureStart(bench, { boot, memory })));
  if (memory) figures.push(...(await measureSizes(bench)));
  if (wanted.has('net')) {
    figures.push(...(await measureNetwork(bench)), ...(await measureGuests(bench)));
  }
  if (wanted.has('lab')) {
    figures.push(await measureRestore(bench));
    const suite = await suiteFigure();
    if (suite !== undefined) figures.push(suite);
    figures.push(await measureIdleBuild(bench.runs, bench.progress));
  }
  return figures;
}
