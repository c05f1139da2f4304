import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Deadline } from '../../host/lib/deadline.ts';
import { SerialConsole } from '../guest/serial-console.ts';
import type { Machine, SavedState } from '../machine/contract.ts';
import { type Bench, freshMachine, patience } from './bench.ts';
import { type Figure, figure } from './figure.ts';
import { visit } from './visit.ts';

/** From nothing to the answer of one command, out of a saved state and by a cold boot, in turns. */
export async function measureRestore(bench: Bench): Promise<Figure> {
  const state = await bench.progress.step('Saving a machine that is ready', () => readyState(bench));
  const [restored, booted]: [number[], number[]] = [[], []];
  await bench.progress.step('Restoring it, and booting for comparison', async (report) => {
    for (let run = 1; run <= bench.runs; run++) {
      report(`${run} of ${bench.runs}`);
      restored.push(await timed(bench, (spec, deadline) => bench.driver.restore(spec, state, deadline)));
      booted.push(
        await timed(bench, async (spec, deadline) => {
          const machine = await bench.driver.create(spec);
          await machine.start(deadline);
          return machine;
        }),
      );
    }
  });
  return figure({
    name: 'lab.restore',
    unit: 's',
    samples: restored,
    yardstick: { name: 'cold boot', samples: booted },
  });
}

async function readyState(bench: Bench): Promise<SavedState> {
  const directory = join(bench.directory, 'state');
  await mkdir(directory);
  return await visit(bench, bench.panos, bench.profile, async (machine, _times, deadline) => {
    await new SerialConsole(machine).waitForPrompt(deadline);
    return await machine.saveState(directory, deadline);
  });
}

/** Seconds from the wish for a machine until it has answered. */
async function timed(
  bench: Bench,
  make: (spec: Machine['spec'], deadline: Deadline) => Promise<Machine>,
): Promise<number> {
  const deadline = Deadline.in(patience);
  const spec = await freshMachine(bench, bench.panos);
  const start = performance.now();
  try {
    await using machine = await make(spec, deadline);
    await new SerialConsole(machine).run('uptime', deadline);
    return (performance.now() - start) / 1000;
  } finally {
    await rm(spec.directory, { recursive: true, force: true });
  }
}
