/** `npm run check`: one line for each check; the output of those that failed; exit status 1 if any did. */
import { checks, runChecks } from './check/checks.ts';

const failures: string[] = [];

await runChecks(checks, ({ name }, { passed, output }, seconds) => {
  process.stdout.write(`${passed ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)\n`);
  if (!passed) failures.push(`── ${name}\n${output.trim()}`);
});

for (const failure of failures) process.stdout.write(`\n${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
