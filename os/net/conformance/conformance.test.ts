import { describe, expect, it } from 'vitest';
import type { Conditions } from '../link/conditions.ts';
import { cases, runCase } from './cases.ts';
import { simulate } from './simulated.ts';

describe.each([4, 6] as const)('two of our stacks over IPv%i', (family) => {
  it.each(cases)('$name', async (one) => {
    await simulate({ family, seed: 1, conditions: { delay: 1 }, bulk: 1_000_000, many: 200 }, (world) =>
      runCase(one, world),
    );
  });
});

it.each([4, 6] as const)('the cases run in one world, one after the other, and are recorded: IPv%i', async (family) => {
  await simulate({ family, seed: 2, bulk: 200_000, many: 20, name: `simulated-IPv${family}` }, async (world) => {
    for (const one of cases) await runCase(one, world);
  });
});

interface Weather {
  readonly weather: string;
  readonly conditions: Conditions;
  readonly mtu?: (family: 4 | 6) => number;
}

const weathers: readonly Weather[] = [
  { weather: 'loses one frame in ten', conditions: { delay: 5, loss: 0.1 } },
  {
    weather: 'lets frames overtake each other',
    conditions: { delay: 5, jitter: 10, reordering: 0.1, reorderDelay: 8 },
  },
  { weather: 'doubles frames', conditions: { delay: 5, duplication: 0.3 } },
  { weather: 'damages frames', conditions: { delay: 5, corruption: 0.05 } },
  { weather: 'is far away', conditions: { delay: 300 } },
  { weather: 'is slow, with a short queue', conditions: { delay: 10, bandwidth: 2_000_000, queue: 15_000 } },
  {
    weather: 'does everything wrong, with short frames',
    conditions: {
      delay: 3,
      jitter: 6,
      loss: 0.05,
      duplication: 0.05,
      corruption: 0.02,
      reordering: 0.05,
      reorderDelay: 9,
    },
    mtu: (family) => (family === 4 ? 600 : 1280),
  },
];

const seeds = [1, 2, 3];

describe.each(weathers)('a link that $weather', ({ conditions, mtu }) => {
  describe.each([4, 6] as const)('over IPv%i', (family) => {
    const doubled = (conditions.duplication ?? 0) > 0;
    const fitting = cases.filter(({ anyWeather, unlessDoubled }) => anyWeather && !(doubled && unlessDoubled));
    it.each(fitting)('$name', { timeout: 60_000 }, async (one) => {
      for (const seed of seeds) {
        const simulation = { family, seed, conditions, bulk: 100_000, many: 20, ...(mtu && { mtu: mtu(family) }) };
        await expect(
          simulate(simulation, (world) => runCase(one, world)),
          `with the seed ${seed}`,
        ).resolves.toBeUndefined();
      }
    });
  });
});
