import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { qemuFromToolbox } from '../../../harness/drivers/qemu/toolbox-tools.ts';
import { loadProfile } from '../../../harness/matrix/profiles.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';
import { Deadline, DeadlineError } from '../../lib/deadline.ts';
import { Failure, usageFailure } from '../../lib/failure.ts';
import { withLock } from '../../lib/lock.ts';
import { buildDirectory, repository } from '../../lib/paths.ts';
import type { Progress } from '../../lib/progress.ts';
import { openToolbox } from '../../toolbox/toolbox.ts';
import { currentImage } from '../image.ts';
import { checkCaptures, newCaptures, runLinkTests } from './links.ts';
import { describe, isFailure, type Outcome, type Sum, sumOf } from './outcome.ts';
import { type PartContext, runScenarios, runVitest } from './parts.ts';
import { countScenarios, type Selection } from './selection.ts';

export type What = 'unit' | 'acceptance' | 'all';

/** Names the file that tells the lab where the image is: the JSON form of `Image` (os/image/build.ts). */
const imageVariable = 'PANOS_IMAGE';
/** Names the file that tells the driver's own tests where QEMU is: the JSON form of `QemuTools`. */
const qemuVariable = 'PANOS_QEMU_TOOLS';

const work = join(buildDirectory, 'test');
const results = join(repository, 'reports/results');

/**
 * Runs what was asked for, tells about everything that did not pass, and answers the sum.
 * @throws Failure (2) for a selection that means nothing, before anything slow starts.
 */
export async function runTests(what: What, selection: Selection, progress: Progress): Promise<Sum> {
  const parts = partsFor(what, selection);
  const scenarios = parts.includes('scenarios') ? await countScenarios(selection) : 0;
  if (selection.profile !== undefined) await loadProfile(selection.profile);
  return alone(async () => {
    await rm(results, { recursive: true, force: true });
    const run = new Run(progress);
    const captures = parts.includes('links') ? await newCaptures(work) : {};
    if (parts.includes('unit')) {
      await run.part('Running the unit tests', (context) =>
        runVitest('vitest.config.ts', { ...context, environment: captures }),
      );
    }
    if (parts.includes('fuzz')) {
      await run.part('Fuzzing the network stack', (context) => runVitest('vitest.fuzz.config.ts', context));
    }
    if (parts.includes('links')) {
      // Here, where a download is seen: tests that need it later open it silently, and have deadlines.
      const toolbox = await openToolbox(progress, 'lab');
      await run.part('Running the tests over virtual cables', (context) =>
        runLinkTests({ ...context, environment: captures }, toolbox),
      );
      await run.part('Checking what was sent', (context) => checkCaptures(context, toolbox));
    }
    if (!parts.includes('machines') && scenarios === 0) return run.sum;
    const environment = await labEnvironment(progress);
    if (parts.includes('machines')) {
      await run.part('Running the tests over machines', (context) =>
        runVitest('vitest.vm.config.ts', { ...context, environment }),
      );
    }
    if (scenarios > 0) {
      const name = `Running ${scenarios} scenario${scenarios === 1 ? '' : 's'}`;
      const start = performance.now();
      await run.part(name, (context) => runScenarios(selection, { ...context, environment }), scenarios);
      if (isWhole(selection)) await recordSuite((performance.now() - start) / 1000, scenarios);
    }
    return run.sum;
  });
}

/** Nothing was left out: the duration is that of the suite. */
const isWhole = ({ tags, shard, profile }: Selection): boolean => (tags ?? shard ?? profile) === undefined;

/** For `./panos bench lab`. */
const recordSuite = (seconds: number, scenarios: number): Promise<void> =>
  writeFileAtomically(join(buildDirectory, 'test-duration.json'), JSON.stringify({ seconds, scenarios }));

type Part = 'unit' | 'fuzz' | 'links' | 'machines' | 'scenarios';

/** Tags and shards divide scenarios only: what cannot be divided runs where there are no tags, in the first shard. */
export function partsFor(what: What, { tags, shard, profile }: Selection): readonly Part[] {
  if (what === 'unit' && (tags ?? shard ?? profile) !== undefined) {
    throw usageFailure('--tags, --shard and --profile choose scenarios: leave them out, or write acceptance.');
  }
  if (what === 'unit') return ['unit'];
  if (tags !== undefined || (shard !== undefined && shard.index > 1)) return ['scenarios'];
  return what === 'all' ? ['unit', 'fuzz', 'links', 'machines', 'scenarios'] : ['links', 'machines', 'scenarios'];
}

/** Collects outcomes over the parts of one run, and tells about those that matter as they come. */
class Run {
  readonly #outcomes: Outcome[] = [];
  readonly #progress: Progress;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  get sum(): Sum {
    return sumOf(this.#outcomes);
  }

  async part(name: string, work_: (context: PartContext) => Promise<void>, total?: number): Promise<void> {
    const key = name.replace(/ \d+ /, ' ');
    const durations = await readDurations();
    const start = performance.now();
    const outcomes: Outcome[] = [];
    await this.#progress.step(
      name,
      (report) =>
        work_({
          work,
          environment: {},
          onOutcome: (outcome) => {
            outcomes.push(outcome);
            const failed = outcomes.filter(isFailure).length;
            const of = total === undefined ? '' : ` of ${total}`;
            report(`${outcomes.length}${of} done${failed === 0 ? '' : `, ${failed} failed`}`);
            const text = describe(outcome);
            if (text !== undefined) this.#progress.note(text);
          },
        }),
      durations[key],
    );
    this.#outcomes.push(...outcomes);
    const seconds = Math.round((performance.now() - start) / 1000);
    await writeFileAtomically(durationsPath, JSON.stringify({ ...durations, [key]: seconds }));
  }
}

/** Seconds that each part took when it ran last: what it is expected to take. */
const durationsPath = join(work, 'durations.json');

const readDurations = async (): Promise<Record<string, number>> =>
  readFile(durationsPath, 'utf8').then(
    (text) => JSON.parse(text) as Record<string, number>,
    () => ({}),
  );

async function labEnvironment(progress: Progress): Promise<Record<string, string>> {
  const image = join(work, 'image.json');
  const qemu = join(work, 'qemu.json');
  await writeFileAtomically(image, JSON.stringify(await currentImage(progress), undefined, 2));
  const tools = await qemuFromToolbox(await openToolbox(progress));
  await openToolbox(progress, 'lab');
  await writeFileAtomically(qemu, JSON.stringify(tools, undefined, 2));
  return { [imageVariable]: image, [qemuVariable]: qemu };
}

/** Two runs would mix their results. */
async function alone<T>(run: () => Promise<T>): Promise<T> {
  await mkdir(work, { recursive: true });
  let holder: number | undefined;
  try {
    return await withLock(join(work, 'lock'), Deadline.in(0.5), run, (process_) => {
      holder = process_;
    });
  } catch (error) {
    if (holder === undefined || !(error instanceof DeadlineError)) throw error;
    throw new Failure(`Another test run is going on in this checkout (process ${holder}): wait for it, or end it.`);
  }
}
