/** The table of what must be so between two ends, whoever they are. */
import { connections } from './cases/connections.ts';
import { datagrams } from './cases/datagrams.ts';
import { transfers } from './cases/transfers.ts';
import type { Case, World } from './ends.ts';

export const cases: readonly Case[] = [...connections, ...transfers, ...datagrams];

/** Runs a case with each end as the one who begins, or with the one that the case names. */
export async function runCase({ run, from }: Case, world: World): Promise<void> {
  const ours = { end: world.ours, address: world.ourAddress };
  const theirs = { end: world.theirs, address: world.theirAddress };
  await run(world, ours, theirs);
  if (from !== 'ours') await run(world, theirs, ours);
}
