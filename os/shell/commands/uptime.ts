import { readFileSync } from 'node:fs';
import { formatSeconds } from '../values/units.ts';
import { type Command, located, noOperands } from './command.ts';

interface Uptime {
  /** Seconds since boot. */
  readonly seconds: number;
  /** Processes that wanted to run, averaged over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
}

export const uptime: Command = {
  name: 'uptime',
  summary: 'how long the machine has been up and how busy it is',
  usage: 'uptime',
  operands: noOperands,
  options: [],
  examples: [{ line: 'uptime', explains: 'time and load', gives: [{ seconds: 372.51, load: [0.12, 0.08, 0.03] }] }],
  presentation: {
    as: 'text',
    text: (value) => {
      const { seconds, load } = value as Uptime;
      return `up ${formatSeconds(seconds)}, load ${load.map((average) => average.toFixed(2)).join(' ')} (1, 5, 15 min)`;
    },
  },
  *run(_args, context) {
    const numbers = (file: string) => readFileSync(located(file, context), 'utf8').split(' ').map(Number);
    yield { seconds: numbers('/proc/uptime')[0] ?? 0, load: numbers('/proc/loadavg').slice(0, 3) };
  },
};
