import type { Deadline } from '../../host/lib/deadline.ts';
import type { Machine } from '../machine/contract.ts';

/** An operating system that is measured: ours, or one that it is compared with. */
export interface Subject {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string;
  /** The raw disk; never written to. */
  readonly disk: string;
  /** The kernel as the firmware or boot loader reads it. */
  readonly kernel: string;
  /** The first words of process 1 on the serial line, as they come: with escape sequences. */
  readonly init: RegExp;
  /** The words with which it is at a person's service. */
  readonly ready: RegExp;
  /** How much memory is in use, asked over the serial line of a machine that is ready. */
  memory(machine: Machine, deadline: Deadline): Promise<Memory>;
}

/** Bytes. */
export interface Memory {
  /** The proportional set sizes of all processes, added up. */
  readonly userspace: number;
  /** What the kernel says is not available: MemTotal − MemAvailable. */
  readonly used: number;
}
