import type { Command } from 'commander';
import { checks } from '../doctor/checks.ts';
import { formatFindings, limited } from '../doctor/finding.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('what this machine can and cannot do, and how to fix it')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: true }) => {
      const findings = await Promise.all(
        checks.map(async ({ name, look }) => ({ name, ...(await look().catch(unknown)) })),
      );
      const lacks = findings.filter(({ state }) => state === 'missing');
      if (json) process.stdout.write(`${JSON.stringify({ able: lacks.length === 0, findings })}\n`);
      else process.stdout.write(`${formatFindings(findings)}\n\n${conclusion(lacks.map(({ name }) => name))}\n`);
      if (lacks.length > 0) process.exitCode = 3;
    });
}

/** One check that cannot be made must not hide the others. */
const unknown = (error: unknown) =>
  limited('could not be found out', error instanceof Error ? error.message : `${error}`);

const conclusion = (lacks: readonly string[]): string =>
  lacks.length === 0
    ? 'This machine can build, boot and test PanoramicData.Os.'
    : `This machine lacks what is marked with ✗: ${lacks.join(', ')}.`;
