/** The command line. Each command is a file of `commands/`; this one only knows that they exist. */
import { Command, CommanderError } from 'commander';
import { LabError } from '../../harness/machine/contract.ts';
import { DeadlineError } from '../lib/deadline.ts';
import { Failure } from '../lib/failure.ts';
import { addBench } from './commands/bench.ts';
import { addBuild } from './commands/build.ts';
import { addDoctor } from './commands/doctor.ts';
import { addLock } from './commands/lock.ts';
import { addMachineCommands } from './commands/machine.ts';
import { addReport } from './commands/report.ts';
import { addTest } from './commands/test.ts';
import { addUp } from './commands/up.ts';

const program = new Command('panos')
  .description('PanoramicData.Os: build it, boot it, prove it')
  .showSuggestionAfterError()
  .showHelpAfterError('Try ./panos --help.')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'panos: ')) });

for (const add of [addUp, addMachineCommands, addBuild, addTest, addBench, addReport, addDoctor, addLock]) add(program);

const exitStatus = { usage: 2, interrupted: 130 } as const;

process.on('SIGINT', () => process.exit(exitStatus.interrupted));
process.on('SIGTERM', () => process.exit(143));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong, in one sentence if a person can do something about it. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitStatus.usage;
  if (error instanceof Failure || error instanceof LabError || error instanceof DeadlineError) {
    process.stderr.write(`panos: ${error.message}\n`);
    if (process.env['PANOS_DEBUG']) console.error(error);
    return error instanceof Failure ? error.status : 1;
  }
  process.stderr.write(`panos: this is a defect of panos itself: ${(error as Error)?.message ?? error}\n`);
  if (process.env['PANOS_DEBUG']) console.error(error);
  else process.stderr.write('Set PANOS_DEBUG=1 for the details, and report them please.\n');
  return 1;
}
