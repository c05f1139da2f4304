import { mkdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, freemem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Envelope } from '@cucumber/messages';
import { repository } from '../../lib/paths.ts';
import { followLines } from './follow.ts';
import type { Outcome } from './outcome.ts';
import { type RunProcess, runProcess } from './run-process.ts';
import { ScenarioOutcomes } from './scenario-outcomes.ts';
import type { Selection } from './selection.ts';
import type { VitestLine } from './vitest-reporter.ts';
import { outcomesVariable } from './vitest-reporters.ts';

/** What a part of the run is given. */
export interface PartContext {
  /** The checkout; another folder in tests. */
  readonly directory?: string;
  /** A folder for this part's files. */
  readonly work: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly onOutcome: (outcome: Outcome) => void;
  /** Words of a program that runs the part: `unshare --net --`. */
  readonly within?: readonly string[];
  readonly run?: RunProcess;
}

/** The tests of one Vitest configuration. */
export async function runVitest(config: string, context: PartContext): Promise<void> {
  const outcomes = join(context.work, `${config}.jsonl`);
  const words = [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config];
  let finished = false;
  await follow(
    outcomes,
    words,
    { ...context, environment: { ...context.environment, [outcomesVariable]: outcomes } },
    {
      read(line) {
        const message = JSON.parse(line) as VitestLine;
        if ('outcome' in message) context.onOutcome(message.outcome);
        else finished = message.finished;
      },
      finished: () => finished,
    },
  );
}

/** The scenarios. */
export async function runScenarios({ tags, shard, profile }: Selection, context: PartContext): Promise<void> {
  const messages = join(context.work, 'scenarios.jsonl');
  const workers = workersFor({ cores: availableParallelism(), freeBytes: freemem() });
  const words = [
    join(repository, 'node_modules/@cucumber/cucumber/bin/cucumber.js'),
    ...['--config', 'cucumber.mjs', '--format', `message:${messages}`],
    ...(workers > 1 ? ['--parallel', `${workers}`] : []),
    ...(tags === undefined ? [] : ['--tags', tags]),
    ...(shard === undefined ? [] : ['--shard', `${shard.index}/${shard.total}`]),
    ...(profile === undefined ? [] : ['--world-parameters', JSON.stringify({ profile })]),
  ];
  const outcomes = new ScenarioOutcomes(context.onOutcome);
  await follow(messages, words, context, {
    read: (line) => outcomes.read(JSON.parse(line) as Envelope),
    finished: () => outcomes.finished,
  });
}

/** Bytes that one machine takes on the host: its memory (2 GiB) and QEMU's own. */
const machineBytes = 2.5 * 2 ** 30;
/** More workers than this only add to what one machine waits for on the same disk. */
const mostWorkers = 16;

/** Scenarios at once: one a core (a machine has two virtual processors, but seldom uses both), if memory lasts. */
export const workersFor = ({ cores, freeBytes }: { cores: number; freeBytes: number }): number =>
  Math.max(1, Math.min(cores, Math.floor(freeBytes / machineBytes), mostWorkers));

interface Reader {
  read(line: string): void;
  /** Whether the program said that it came to its end. */
  finished(): boolean;
}

/** Runs a program, reads the file that it writes meanwhile, and notices when it did not come to its end. */
async function follow(
  path: string,
  words: readonly string[],
  { directory = repository, environment, onOutcome, within = [], run = runProcess }: PartContext,
  { read, finished }: Reader,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  const log = `${path.slice(0, -'.jsonl'.length)}.log`;
  const ended = run(words, { directory, environment, log, within });
  await followLines(path, ended, read);
  const status = await ended;
  if (finished()) return;
  const text = await readFile(log, 'utf8').catch(() => '');
  onOutcome({
    name: 'the run itself',
    place: log.replace(`${repository}/`, ''),
    status: 'failed',
    reason: `ended too early, with exit status ${status}:\n${text.trim().split('\n').slice(-15).join('\n')}`,
  });
}
