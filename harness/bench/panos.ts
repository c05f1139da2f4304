import type { Deadline } from '../../host/lib/deadline.ts';
import { SerialConsole } from '../guest/serial-console.ts';
import { LabError, type Machine } from '../machine/contract.ts';
import type { Memory, Subject } from './subject.ts';

/** The image that this checkout builds. */
export interface BuiltImage {
  readonly disk: string;
  readonly kernel: { readonly image: string };
}

export const panosSubject = ({ disk, kernel }: BuiltImage): Subject => ({
  name: 'panos',
  disk,
  kernel: kernel.image,
  init: firstLine,
  ready: /panos init: ready: all services are up\r?\n/,
  memory,
});

/** Process 1's first line; its time is the guest's own, in seconds since its kernel started. */
export const firstLine = /\[ *(\d+\.\d+)\] panos init: [^\n]*\n/;

async function memory(machine: Machine, deadline: Deadline): Promise<Memory> {
  const console = new SerialConsole(machine);
  const processes = await answers(console, 'ps', deadline);
  const [free] = await answers(console, 'free', deadline);
  return { userspace: processes.reduce((sum, { pss }) => sum + Number(pss ?? 0), 0), used: Number(free?.['used']) };
}

/**
 * When the kernel handed over to process 1, in seconds since it started, by its own log.
 * @throws LabError when the log does not say
 */
export async function handOver(machine: Machine, deadline: Deadline): Promise<number> {
  const records = await answers(new SerialConsole(machine), 'dmesg --limit 5000', deadline);
  const record = records.find(({ message }) => /^Run \S+ as init process/.test(String(message)));
  if (record === undefined) throw new LabError('the kernel log does not say when process 1 was started');
  return Number(record['uptime']);
}

/** @throws LabError when the command fails */
async function answers(
  console: SerialConsole,
  command: string,
  deadline: Deadline,
): Promise<readonly Record<string, unknown>[]> {
  const { status, values, error } = await console.run(command, deadline);
  if (status !== 200) throw new LabError(`the console answered "${command}" with ${status}: ${error ?? 'no reason'}`);
  return values;
}
