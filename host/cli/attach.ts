import type { Machine } from '../../harness/machine/contract.ts';
import { Deadline } from '../lib/deadline.ts';

/** Seconds; a timer holds 24 days. */
const longest = 20 * 86_400;

/** What leaves the console, as telnet has it: Ctrl and the right square bracket. */
const leaveKey = '\x1d';

/**
 * Connects this terminal with the machine's serial line.
 * @param replay how many of the last characters of the history to show first
 * @returns why it ended: the person left, or the machine is off
 */
export async function attachToConsole(machine: Machine, replay: number): Promise<'left' | 'machine-off'> {
  const { stdin, stdout } = process;
  if (replay > 0) stdout.write(machine.serial.history.slice(-replay));
  using _output = machine.serial.onData((text) => stdout.write(text));
  const { promise: left, resolve: leave } = Promise.withResolvers<'left'>();
  const onInput = (data: Buffer) => {
    const text = data.toString('utf8');
    if (stdin.isTTY && text.includes(leaveKey)) leave('left');
    else if (machine.state !== 'off' && machine.state !== 'crashed') machine.serial.write(text);
  };
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', onInput).resume();
  try {
    return await Promise.race([left, untilOff(machine)]);
  } finally {
    stdin.off('data', onInput).pause();
    if (stdin.isTTY) {
      stdin.setRawMode(false);
      stdout.write('\r\n');
    }
  }
}

async function untilOff(machine: Machine): Promise<'machine-off'> {
  await machine.stopped(Deadline.in(longest));
  return 'machine-off';
}
