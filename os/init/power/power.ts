import { LINUX_REBOOT_CMD_POWER_OFF, LINUX_REBOOT_CMD_RESTART } from '../../syscall/abi/reboot.ts';
import type { Kernel } from '../../syscall/kernel.ts';
import type { Logger } from '../log/journal.ts';
import type { Runner } from '../supervisor/runner.ts';

export type PowerAction = 'poweroff' | 'reboot';

/** Milliseconds for all services together to stop in order; then the rest is killed. */
const servicesPatience = 7000;
/** Milliseconds from the request to the machine's end, whatever hangs. */
const overallPatience = 9500;
/** Milliseconds for killed processes to be gone, and for the log to reach the disk. */
const settlePatience = 500;

const endings = {
  poweroff: { words: 'powering off', command: LINUX_REBOOT_CMD_POWER_OFF },
  reboot: { words: 'rebooting', command: LINUX_REBOOT_CMD_RESTART },
} as const;

export interface PowerSubjects {
  readonly kernel: Kernel;
  readonly runner: Runner;
  readonly log: Logger;
  /** Brings the log to disk; no records reach the disk after it. */
  readonly closeLog: () => Promise<void>;
  /** The machine begins to end: from now on everything is said on the serial line. */
  readonly onBegin: () => void;
  readonly killEveryone: () => void;
  /** Unmounts the disks, or makes them read-only; waits `patience` milliseconds for busy ones, with 0 not at all. */
  readonly releaseDisks: (patience: number) => Promise<void>;
  /** Gives the terminals time to take the last lines. */
  readonly drainTerminals: () => Promise<void>;
}

/** The ways to end the machine, all of which end in the one ordered shutdown. */
export class Power {
  readonly #subjects: PowerSubjects;
  #ending: PowerAction | undefined;
  #servicesDown: (() => void) | undefined;

  constructor(subjects: PowerSubjects) {
    this.#subjects = subjects;
  }

  /** SIGINT is Ctrl+Alt+Delete; SIGTERM and SIGUSR2 are how programs and hypervisors ask. */
  listenToSignals(): void {
    process.on('SIGINT', () => this.request('reboot', 'Ctrl+Alt+Delete'));
    process.on('SIGTERM', () => this.request('poweroff', 'SIGTERM'));
    process.on('SIGUSR2', () => this.request('poweroff', 'SIGUSR2'));
    // SIGUSR1 would open node's debugger.
    for (const ignored of ['SIGHUP', 'SIGUSR1'] as const) process.on(ignored, () => {});
  }

  /** Ends the machine in order. A second request while it ends changes nothing. */
  request = (action: PowerAction, by: string): void => {
    const { log } = this.#subjects;
    if (this.#ending !== undefined) {
      log.info(`${by} asks for ${action}: already ${endings[this.#ending].words}`);
      return;
    }
    this.#ending = action;
    this.#subjects.onBegin();
    log.info(`${action} asked for by ${by}`);
    setTimeout(() => {
      log.error(`the shutdown took longer than ${overallPatience / 1000} s and is forced`);
      this.#force(action);
    }, overallPatience);
    this.#shutDown(action).catch((error: Error) => {
      log.error(`the ordered shutdown failed: ${error.message}`);
      this.#force(action);
    });
  };

  /** The services' states changed. */
  check = (): void => {
    if (this.#subjects.runner.machine.quiet) this.#servicesDown?.();
  };

  async #shutDown(action: PowerAction): Promise<void> {
    const { kernel, runner, log, closeLog, killEveryone, releaseDisks, drainTerminals } = this.#subjects;
    await within(
      servicesPatience,
      new Promise<void>((resolve) => {
        this.#servicesDown = resolve;
        runner.send({ type: 'shutdown' });
      }),
    );
    if (!runner.machine.quiet) log.warning('not all services stopped in time; the rest is killed');
    killEveryone();
    runner.killAll();
    log.info(endings[action].words);
    await within(settlePatience, closeLog());
    await releaseDisks(settlePatience);
    await within(settlePatience, drainTerminals());
    kernel.reboot(endings[action].command);
  }

  /** The ordered way hangs: what is left is to save what can be saved and go. */
  #force(action: PowerAction): void {
    const { kernel, killEveryone, releaseDisks } = this.#subjects;
    killEveryone();
    try {
      releaseDisks(0);
    } finally {
      kernel.reboot(endings[action].command);
    }
  }
}

/** Resolves with `work`, or without it after `milliseconds`. Its failure counts as being over. */
function within(milliseconds: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    work
      .catch(() => {})
      .finally(() => {
        clearTimeout(timer);
        resolve();
      });
  });
}
