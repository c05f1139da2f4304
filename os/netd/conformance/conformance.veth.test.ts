import { afterAll, beforeAll, describe, it } from 'vitest';
import { cases, runCase } from '../../net/conformance/cases.ts';
import type { Case } from '../../net/conformance/ends.ts';
import { type VethOptions, type VethWorld, vethWorld } from './veth-world.ts';

/** The cases, in one world after the other. */
function inWorld(name: string, options: VethOptions, fitting: readonly Case[]): void {
  describe(`our stack and Linux's ${name}`, () => {
    let world: VethWorld;
    beforeAll(async () => {
      world = await vethWorld(name.replaceAll(/[^a-z0-9]+/gi, '-'), options);
    });
    afterAll(() => world.close());
    it.each(fitting)('$name', { timeout: 60_000 }, (one) => runCase(one, world));
  });
}

for (const family of [4, 6] as const) {
  inWorld(`over IPv${family}`, { family, offload: true, bulk: 4_000_000, many: 200 }, cases);
  inWorld(
    `over IPv${family}, with whole frames`,
    { family, offload: false, bulk: 1_000_000, many: 20 },
    cases.filter(({ from }) => from === undefined),
  );
  inWorld(
    `over IPv${family}, on a cable that is slow, loses frames and lets them overtake each other`,
    { family, offload: false, conditions: { delay: 10, jitter: 3, loss: 0.03 }, bulk: 300_000, many: 20 },
    cases.filter(({ anyWeather }) => anyWeather),
  );
}

/** Transfers first: with them both learn what the router lets through, before datagrams that nobody sends again. */
const throughRouter = cases.filter(({ name }) => /^(much|datagrams of|echo requests of)/.test(name));

inWorld(
  'behind a router with short frames, over IPv4',
  { family: 4, offload: true, mtuBehindRouter: 600, bulk: 1_000_000, many: 20 },
  throughRouter,
);
inWorld(
  'behind a router with short frames, over IPv6',
  { family: 6, offload: true, mtuBehindRouter: 1280, bulk: 1_000_000, many: 20 },
  throughRouter,
);
