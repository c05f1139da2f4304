import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { repository } from '../../lib/paths.ts';
import { findUntidy } from './tidy.ts';

/** The verdict of one check, with what there is to read where it failed. */
interface Verdict {
  readonly passed: boolean;
  readonly output: string;
}

export interface Check {
  readonly name: string;
  run(): Promise<Verdict>;
}

/** A program of node_modules/.bin, run in the checkout. */
const program = (name: string, tool: string, ...args: string[]): Check => ({
  name,
  async run() {
    const path = join(repository, 'node_modules/.bin', tool);
    const result = await execa(process.execPath, [path, ...args], { cwd: repository, all: true, reject: false });
    return { passed: !result.failed, output: result.all };
  },
});

export const checks: readonly Check[] = [
  program('format and lint', 'biome', 'ci', '--colors=off', '--error-on-warnings', '--max-diagnostics=50', '.'),
  program('types', 'tsc', '--project', '.'),
  program('import arrows', 'depcruise', 'host', 'harness', 'kernel', 'os', 'steps', '--config'),
  program('dead code', 'knip'),
  {
    name: 'tidiness',
    async run() {
      const untidy = await findUntidy(repository);
      return { passed: untidy.length === 0, output: untidy.join('\n') };
    },
  },
];

/** Runs all checks, a few at a time, and calls `onVerdict` as each one ends. */
export async function runChecks(
  all: readonly Check[],
  onVerdict: (check: Check, verdict: Verdict, seconds: number) => void,
): Promise<void> {
  const waiting = [...all];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const start = performance.now();
      const verdict = await check.run();
      onVerdict(check, verdict, (performance.now() - start) / 1000);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
