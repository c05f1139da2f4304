import { join } from 'node:path';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import type { Bench } from '../../../harness/bench/bench.ts';
import { measure, type Part, parts } from '../../../harness/bench/measure.ts';
import { panosSubject } from '../../../harness/bench/panos.ts';
import { busy, currentLoad, formatMachine, machineFacts, type Report } from '../../../harness/bench/report.ts';
import { formatTable } from '../../../harness/bench/table.ts';
import { type DebianYardstick, debianYardstick } from '../../../harness/bench/yardstick/debian.ts';
import { defaultProfile, loadProfile } from '../../../harness/matrix/profiles.ts';
import { Failure, usageFailure } from '../../lib/failure.ts';
import { buildDirectory } from '../../lib/paths.ts';
import { withFolderBeside } from '../../lib/temporary-folder.ts';
import { currentImage } from '../image.ts';
import { type Lab, openLab } from '../lab.ts';
import { terminalProgress } from '../terminal-progress.ts';

interface BenchOptions {
  readonly json?: true;
  readonly runs: number;
  readonly profile: string;
}

/** Beside the default profile, start-up is measured with the other firmware. */
const uefiProfile = 'q35-virtio-uefi';

/** What the targets were set for, and what everybody has. */
const acceleration = 'tcg';

export function addBench(program: Command): void {
  program
    .command('bench')
    .description('measure start-up, memory and image size, the network and the lab, each beside something known')
    .addArgument(new Argument('[what]', 'which of them').choices([...parts, 'all']).default('all'))
    .option('--json', 'print one JSON document')
    .option('--runs <n>', 'how often to measure; the figures are medians', positive, 5)
    .option('--profile <name>', 'the hardware: a file of vm-matrix/', defaultProfile)
    .action(bench);
}

async function bench(what: Part | 'all', options: BenchOptions): Promise<void> {
  const progress = terminalProgress();
  const loadBefore = currentLoad();
  const profile = await loadProfile(options.profile);
  if (profile.hypervisor !== 'qemu')
    throw usageFailure(`${profile.name} is not a profile of QEMU, which is what is measured.`);
  const notes: string[] = [];
  const note = (line: string): void => {
    notes.push(line);
    progress.note(line);
  };
  if (busy(loadBefore))
    note(`This machine is busy (load ${loadBefore.toFixed(1)}): the figures will be worse than they could be.`);

  const wanted = new Set<Part>(what === 'all' ? parts : [what]);
  const lab = await openLab(progress, false);
  const image = await currentImage(progress);
  const debian = wanted.has('boot') || wanted.has('memory') ? await yardstick(lab, progress, note) : undefined;
  if (debian !== undefined) notes.push(`debian-systemd: ${debian.description}`);

  const figures = await withFolderBeside(join(buildDirectory, 'bench', 'run'), async (directory) => {
    const bench: Bench = {
      toolbox: lab.toolbox,
      driver: lab.driver,
      acceleration,
      profile,
      uefiProfile: profile.name === defaultProfile ? await loadProfile(uefiProfile) : undefined,
      panos: panosSubject(image),
      debian,
      runs: options.runs,
      directory,
      progress,
    };
    return await measure(wanted, bench);
  });

  const facts = { qemu: await lab.driver.version(), acceleration, profile: profile.name };
  const report: Report = { machine: machineFacts(facts, loadBefore), figures, notes };
  if (options.json) return void process.stdout.write(`${JSON.stringify(report)}\n`);
  process.stdout.write(`${formatMachine(report.machine)}\n${notes.map((line) => `${line}\n`).join('')}\n`);
  process.stdout.write(`${formatTable(figures)}\n`);
}

/** Where the yardstick cannot be built the figures stand alone, and the report says why. */
async function yardstick(
  lab: Lab,
  progress: Parameters<typeof debianYardstick>[1],
  note: (line: string) => void,
): Promise<DebianYardstick | undefined> {
  try {
    return await debianYardstick(lab.toolbox, progress);
  } catch (error) {
    if (!(error instanceof Failure) || error.status !== 3) throw error;
    note(`There is no yardstick: ${error.message}`);
    return undefined;
  }
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return number;
}
