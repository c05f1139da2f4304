import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../../host/lib/failure.ts';
import { repository } from '../../host/lib/paths.ts';
import type { Progress } from '../../host/lib/progress.ts';
import { type Figure, figure } from './figure.ts';

/** How long `./panos build` takes when nothing is to be built, from its start as a program to its end. */
export async function measureIdleBuild(runs: number, progress: Progress): Promise<Figure> {
  return await progress.step('Building what is built', async () => {
    await build();
    const samples: number[] = [];
    for (let run = 0; run < runs; run++) samples.push(await build());
    return figure({ name: 'build.noop', unit: 's', samples });
  });
}

/** Seconds. @throws Failure when it fails */
async function build(): Promise<number> {
  const start = performance.now();
  const result = await execa(join(repository, 'panos'), ['build'], { stdin: 'ignore', reject: false });
  if (result.failed) {
    const reason =
      result.stderr
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^panos: /, '') ?? '';
    throw new Failure(`./panos build failed while it was measured: ${reason || result.shortMessage}`);
  }
  return (performance.now() - start) / 1000;
}
