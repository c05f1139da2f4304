/** Start-up times and memory: both come out of booting, so that one boot serves both. */
import { LabError, type Machine } from '../machine/contract.ts';
import type { Profile } from '../machine/profile.ts';
import type { Bench } from './bench.ts';
import { type Figure, figure } from './figure.ts';
import { firstLine, handOver } from './panos.ts';
import { Series } from './series.ts';
import type { Subject } from './subject.ts';
import { memoryAtRest, type StartTimes, visit } from './visit.ts';

export interface StartParts {
  readonly boot: boolean;
  readonly memory: boolean;
}

/** The subjects take turns, so that whatever else the host does meets them alike. */
export async function measureStart(bench: Bench, parts: StartParts): Promise<readonly Figure[]> {
  const series = new Series();
  const subjects = [bench.panos, ...(bench.debian === undefined ? [] : [bench.debian])];
  const profiles = [bench.profile, ...(parts.boot && bench.uefiProfile !== undefined ? [bench.uefiProfile] : [])];
  await bench.progress.step('Starting machines', async (report) => {
    for (let run = 1; run <= bench.runs; run++) {
      for (const profile of profiles) {
        for (const subject of subjects) {
          report(`${subject.name} on ${profile.name}, ${run} of ${bench.runs}`);
          await measureOnce(bench, subject, profile, parts, series);
        }
      }
    }
  });
  return [...(parts.boot ? bootFigures(bench, series) : []), ...(parts.memory ? memoryFigures(bench, series) : [])];
}

async function measureOnce(
  bench: Bench,
  subject: Subject,
  profile: Profile,
  parts: StartParts,
  series: Series,
): Promise<void> {
  const first = profile === bench.profile;
  await visit(bench, subject, profile, async (machine, times, deadline) => {
    const suffix = first ? '' : '.uefi';
    series.add(subject.name, `boot.init${suffix}`, times.init);
    series.add(subject.name, `boot.ready${suffix}`, times.ready);
    if (!first) return;
    if (parts.memory) {
      const { userspace, used } = await memoryAtRest(subject, machine, deadline);
      series.add(subject.name, 'memory.userspace', userspace / 1e6);
      series.add(subject.name, 'memory.used', used / 1e6);
    }
    // Last, because the kernel's log passes through the console's memory.
    if (parts.boot && subject === bench.panos) {
      const stages = stagesOf(times, firstLineUptime(machine), await handOver(machine, deadline));
      for (const [name, seconds] of Object.entries(stages)) series.add(subject.name, `boot.${name}`, seconds);
    }
  });
}

/** The stages of {@link StartTimes.init}, which they add up to. Seconds. */
export interface Stages {
  /** Firmware, boot loader, and the kernel unpacking itself: until its clock runs. */
  readonly firmware: number;
  /** Until it starts process 1. */
  readonly kernel: number;
  /** Node.js starts and process 1 speaks. */
  readonly node: number;
}

/**
 * @param firstLine time on process 1's first line, and
 * @param handOver when the kernel started it: seconds by the guest's clock
 */
export const stagesOf = (times: StartTimes, firstLine: number, handOver: number): Stages => ({
  firmware: times.init - firstLine,
  kernel: handOver,
  node: firstLine - handOver,
});

function firstLineUptime(machine: Machine): number {
  const found = firstLine.exec(machine.serial.history)?.[1];
  if (found === undefined) throw new LabError("process 1's first line carries no time");
  return Number(found);
}

const bootFigures = (bench: Bench, series: Series): Figure[] =>
  [
    ...['boot.init', 'boot.ready', 'boot.firmware', 'boot.kernel', 'boot.node'],
    ...(bench.uefiProfile === undefined ? [] : ['boot.init.uefi', 'boot.ready.uefi']),
  ].map((name) => figure({ name, unit: 's', ...series.compared(name, bench.panos, bench.debian) }));

const memoryFigures = (bench: Bench, series: Series): Figure[] =>
  ['memory.userspace', 'memory.used'].map((name) =>
    figure({ name, unit: 'MB', ...series.compared(name, bench.panos, bench.debian) }),
  );
