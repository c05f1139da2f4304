import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import type { Figure } from './figure.ts';

/** The machine that the figures were taken on: they mean nothing without it. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  /** MB. */
  readonly memory: number;
  readonly kernel: string;
  readonly qemu: string;
  readonly acceleration: string;
  readonly profile: string;
  /** Processes that wanted to run, averaged over a minute: before the first run, when it should be near 0, and after the last. */
  readonly load: { readonly before: number; readonly after: number };
}

/** What `--json` prints. */
export interface Report {
  readonly machine: MachineFacts;
  readonly figures: readonly Figure[];
  /** What was left out and why, and other words for whoever reads the figures. */
  readonly notes: readonly string[];
}

/** Load now, to be handed to {@link machineFacts} when all is done. */
export const currentLoad = (): number => loadavg()[0] ?? 0;

export const machineFacts = (
  lab: Pick<MachineFacts, 'qemu' | 'acceleration' | 'profile'>,
  loadBefore: number,
): MachineFacts => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memory: Math.round(totalmem() / 1e6),
  kernel: release(),
  ...lab,
  load: { before: loadBefore, after: currentLoad() },
});

/** One line about the machine, above the table. */
export const formatMachine = ({ cpu, cores, qemu, acceleration, profile, load }: MachineFacts): string =>
  `${cpu}, ${cores} cores, QEMU ${qemu} (${acceleration}), ${profile}; load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after`;

/** A machine that is this busy by itself gives worse figures than it could. */
export const busy = (load: number, cores = availableParallelism()): boolean => load > cores / 4;
