import { open, readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { Failure, machineFailure } from '../../../host/lib/failure.ts';
import { LabError } from '../../machine/contract.ts';
import type { InheritedDescriptors } from './command-line.ts';
import { identify, isAlive, killNow, type ProcessIdentity } from './host-process.ts';
import type { QemuTools } from './tools.ts';

/** A QEMU process, ours or somebody else's. */
export interface HypervisorProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  /** SIGKILL, and resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Numbers that the child sees for the two socket pairs below. */
export const descriptors: InheritedDescriptors = { monitor: 3, serial: 4 };

/**
 * QEMU 10.0 cannot end with its parent by itself (`-run-with exit-with-parent` came later), so the kernel is asked to
 * kill it (prctl(2), PR_SET_PDEATHSIG) by util-linux's setpriv, which then becomes QEMU.
 */
export const diesWithParent: readonly string[] = ['setpriv', '--pdeathsig', 'KILL', '--'];

export interface SpawnedQemu {
  readonly process: HypervisorProcess;
  readonly monitor: Duplex;
  readonly serial: Duplex;
  /** Why QEMU ended, from its own words in the log since this start. */
  explainExit(): Promise<Error>;
}

/**
 * Starts QEMU with a monitor and a serial line on socket pairs. Its own messages are appended to `logPath`.
 * A machine that is not `detached` dies with this process, however this process dies.
 * @param options `enter`: words that enter the namespace in which QEMU is to run
 * @throws Failure (machine) when the program, or setpriv (Debian: util-linux), is not there.
 */
export async function spawnQemu(
  tools: QemuTools,
  words: readonly string[],
  options: { readonly logPath: string; readonly detached: boolean; readonly enter?: readonly string[] },
): Promise<SpawnedQemu> {
  const { enter = [], detached } = options;
  // Entering a user namespace would make the kernel forget that QEMU is to die with us: first in, then the wish.
  const [program = '', ...rest] = [...enter, ...(detached ? [] : diesWithParent), ...tools.command, ...words];
  await using log = await open(options.logPath, 'a');
  const logStart = (await log.stat()).size;
  // execa passes any descriptor on; its types list only the literals 3 to 9.
  const logDescriptor = log.fd as 3;
  const child = execa(program, rest, {
    stdio: ['ignore', logDescriptor, logDescriptor, 'pipe', 'pipe'],
    buffer: false,
    reject: false,
    cleanup: !detached,
    detached,
    env: { ...tools.environment },
  });
  const [monitor, serial] = [child.stdio[descriptors.monitor], child.stdio[descriptors.serial]].map((stream) => {
    // Node makes a socket pair for each of these; execa's types know only its readable half.
    const duplex = stream as unknown as Duplex;
    // Held until somebody listens: execa lets streams run that nobody has touched, and the first words would be lost.
    return duplex.pause();
  }) as [Duplex, Duplex];
  const exited = child.then(() => {});
  if (detached) child.nodeChildProcess.unref();
  const identity = child.pid === undefined ? undefined : await identify(child.pid);
  const explainExit = () => explain(options.logPath, logStart);
  if (identity === undefined) {
    const result = await child;
    if (child.pid !== undefined) throw await explainExit();
    throw machineFailure(`${program} cannot be started: "./panos doctor" says how to get it`, result.cause);
  }
  const kill = async () => {
    await killNow(identity);
    await exited;
  };
  return {
    process: { identity, exited, kill },
    monitor,
    serial,
    explainExit,
  };
}

/** A process that is not our child: its end shows in /proc only, so it is looked for once `hint` has resolved. */
export function followProcess(identity: ProcessIdentity, hint: Promise<void>): HypervisorProcess {
  const gone = async (ref: boolean) => {
    while (await isAlive(identity)) await delay(20, undefined, { ref });
  };
  // Who only looked in and let go must be able to end while the machine goes on.
  const exited = hint.then(() => gone(false));
  const kill = async () => {
    await killNow(identity);
    await gone(true);
  };
  return { identity, exited, kill };
}

/** QEMU's complaints that a person can cure, and what to say about them. */
const knownComplaints: readonly (readonly [RegExp, (match: RegExpExecArray) => Error])[] = [
  [
    /Could not set up host forwarding rule 'tcp:[^:]*:(\d+)-/,
    ([, port]) =>
      new Failure(`port ${port} of this machine is taken: choose another one, or stop the program that listens on it`),
  ],
  [
    /Failed to get (?:shared )?"?(?:write|consistent read)"? lock/,
    () => new Failure('the disk image is in use by another machine: stop that one, or use a copy'),
  ],
  [/Could not open '([^']*)': (.*)/, ([, path, why]) => new Failure(`QEMU cannot open ${path}: ${why}`)],
  [
    /could not (?:open|configure) \/dev\/net\/tun(?: \(([^)]*)\))?: (.*)/,
    ([, device = 'the tap device', why]) => new LabError(`QEMU cannot use ${device}: ${why}`),
  ],
  [
    /Could not access KVM kernel module: (.*)/,
    ([, why]) => new Failure(`KVM cannot be used (${why}): start with --accel tcg`, 3),
  ],
];

async function explain(logPath: string, from: number): Promise<Error> {
  const text = (await readFile(logPath)).subarray(from).toString();
  return explainComplaint(text);
}

/** What QEMU's last words mean. */
export function explainComplaint(text: string): Error {
  for (const [pattern, toError] of knownComplaints) {
    const match = pattern.exec(text);
    if (match !== null) return toError(match);
  }
  const last = text.trim().split('\n').at(-1) ?? '';
  return new LabError(`QEMU ended before it could start the machine${last === '' ? '' : `: ${last}`}`);
}
