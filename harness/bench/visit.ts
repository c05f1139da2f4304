import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Deadline, DeadlineError } from '../../host/lib/deadline.ts';
import { Failure } from '../../host/lib/failure.ts';
import { buildDirectory } from '../../host/lib/paths.ts';
import { SerialConsole } from '../guest/serial-console.ts';
import { LabError, type Machine } from '../machine/contract.ts';
import type { Profile } from '../machine/profile.ts';
import { Arrivals } from './arrivals.ts';
import { type Bench, freshMachine, patience } from './bench.ts';
import type { Memory, Subject } from './subject.ts';

/** Seconds from power-on to the arrival of the words on the serial line. */
export interface StartTimes {
  readonly init: number;
  readonly ready: number;
}

/** Boots a machine that nobody has used, does `work` with it when it is ready, and cuts its power. */
export async function visit<T>(
  bench: Bench,
  subject: Subject,
  profile: Profile,
  work: (machine: Machine, times: StartTimes, deadline: Deadline) => Promise<T>,
): Promise<T> {
  const spec = await freshMachine(bench, subject, profile);
  try {
    await using machine = await bench.driver.create(spec);
    const deadline = Deadline.in(patience);
    const times = await timedStart(machine, subject, deadline);
    return await work(machine, times, deadline);
  } finally {
    await rm(spec.directory, { recursive: true, force: true });
  }
}

/** @throws Failure when the machine does not get ready, with its last words */
async function timedStart(machine: Machine, subject: Subject, deadline: Deadline): Promise<StartTimes> {
  const { init, ready } = subject;
  using arrivals = new Arrivals(machine.serial, { init, ready });
  try {
    await machine.start(deadline);
    await new SerialConsole(machine).waitForText(ready, deadline);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    const log = await keepSerialLog(machine, subject);
    const last = machine.serial.history.trimEnd().split('\n').at(-1)?.trim() || 'nothing';
    throw new Failure(
      `${subject.name} did not get ready within ${patience} s; it last said: ${last} (all it said is in ${log})`,
    );
  }
  const [from, initAt, readyAt] = [machine.poweredOnAt, arrivals.at('init'), arrivals.at('ready')];
  if (from === undefined || initAt === undefined || readyAt === undefined) {
    throw new LabError(`${subject.name} got ready without the first words of its process 1`);
  }
  return { init: (initAt - from) / 1000, ready: (readyAt - from) / 1000 };
}

/** The machine's folder goes; what it said is worth keeping. */
async function keepSerialLog(machine: Machine, subject: Subject): Promise<string> {
  const target = join(buildDirectory, 'bench', `${subject.name}-serial.log`);
  await copyFile(join(machine.spec.directory, 'serial.log'), target);
  return target;
}

/** Seconds that a machine that has just become ready gets to come to rest. */
const restSeconds = 10;
/** Seconds before which it is not at rest: both systems still have things to put away. */
const leastRestSeconds = 5;

/** Memory once it has come to rest: two looks a second apart differ by less than a hundredth, or time is up. */
export async function memoryAtRest(subject: Subject, machine: Machine, deadline: Deadline): Promise<Memory> {
  const earliest = performance.now() + leastRestSeconds * 1000;
  let last = await subject.memory(machine, deadline);
  const atRest = async (): Promise<true | undefined> => {
    const now = await subject.memory(machine, deadline);
    const settled = Math.abs(now.userspace - last.userspace) < last.userspace / 100;
    last = now;
    return settled && performance.now() >= earliest ? true : undefined;
  };
  try {
    await deadline.within(restSeconds).poll('rest', atRest, 1000);
  } catch (error) {
    if (!(error instanceof DeadlineError) || deadline.expired) throw error;
  }
  return last;
}
