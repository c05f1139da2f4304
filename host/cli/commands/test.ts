import { Argument, type Command } from 'commander';
import { terminalProgress } from '../terminal-progress.ts';
import type { What } from '../test/run-tests.ts';

export function addTest(program: Command): void {
  program
    .command('test')
    .description('run the unit tests, the tests over virtual machines, and the acceptance scenarios')
    .addArgument(new Argument('[what]', 'which of them').choices(['unit', 'acceptance', 'all']).default('all'))
    .option('--profile <name>', 'the machine of scenarios that do not name one: a file of vm-matrix/')
    .option('--tags <expression>', 'only scenarios with these tags, for example "@M01 and not @slow"')
    .option('--shard <i/n>', 'only the i-th of n parts of the scenarios')
    .action(async (what: What, options: { profile?: string; tags?: string; shard?: string }) => {
      // Cucumber takes a while to load: only where it is wanted.
      const [{ runTests }, { parseShard }, { sumLine }] = await Promise.all([
        import('../test/run-tests.ts'),
        import('../test/selection.ts'),
        import('../test/outcome.ts'),
      ]);
      const { shard, ...rest } = options;
      const selection = { ...rest, ...(shard !== undefined && { shard: parseShard(shard) }) };
      const sum = await runTests(what, selection, terminalProgress());
      if (sum.failed > 0) process.exitCode = 1;
      process.stdout.write(`${sumLine(sum)}\n`);
    });
}
