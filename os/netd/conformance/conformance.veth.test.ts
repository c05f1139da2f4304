import { strictEqual } from 'node:assert/strict';
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

/** Of large echo requests the first may be lost: a router says then how long they may be. */
const learning: Case = {
  name: 'who sends a packet that is too long learns it, and the next one arrives',
  async run(_, client, server) {
    await client.end.ping(server.address, 1400);
    strictEqual(await client.end.ping(server.address, 1400), true);
  },
};

const named = (pattern: RegExp): readonly Case[] => cases.filter(({ name }) => pattern.test(name));

/** Transfers find out by themselves. Datagrams are sent once, so that their senders must know. */
const throughRouter = [...named(/^much/), learning, ...named(/^(datagrams of|echo requests of)/)];

inWorld(
  'behind routers with short frames between them, over IPv4',
  { family: 4, offload: true, narrow: 600, bulk: 1_000_000, many: 20 },
  throughRouter,
);
inWorld(
  'behind routers with short frames between them, over IPv6',
  { family: 6, offload: true, narrow: 1280, bulk: 1_000_000, many: 20 },
  throughRouter,
);
