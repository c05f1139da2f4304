import { badArguments, CommandError } from '../values/status.ts';
import type { Command } from './command.ts';

/** Signals that people send by hand, with the usual one first. */
const signals = ['TERM', 'KILL', 'INT', 'HUP', 'USR1', 'USR2', 'STOP', 'CONT'] as const;
type SignalName = (typeof signals)[number];

export const kill: Command = {
  name: 'kill',
  summary: 'send a signal to a process, TERM if not said otherwise',
  usage: 'kill [--signal NAME] PID',
  operands: { least: 1, most: 1, are: 'text' },
  options: [{ name: 'signal', value: 'NAME', oneOf: signals, summary: signals.join(', ') }],
  examples: [
    { line: 'kill 1', explains: 'PID 1 is not to be killed; poweroff and reboot end it', status: 403 },
    { line: 'kill 4194305', explains: 'a process that does not exist', status: 404 },
    { line: 'kill --signal LOUD 4194305', explains: 'a signal that does not exist', status: 400 },
    { line: 'kill console', explains: 'a name; services restart console does that', status: 400 },
  ],
  presentation: { as: 'table', columns: [{ key: 'pid' }, { key: 'signal' }] },
  *run(args) {
    const [word = ''] = args.operands;
    if (!/^[1-9]\d{0,9}$/.test(word)) throw badArguments(`"${word}" is no process id; ps lists them`);
    const pid = Number(word);
    if (pid === 1) throw new CommandError(403, 'PID 1 runs the machine; poweroff and reboot end it in order');
    const signal = (args.value('signal') ?? 'TERM') as SignalName;
    try {
      process.kill(pid, `SIG${signal}`);
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ESRCH'
        ? new CommandError(404, `there is no process ${pid}; ps lists them`)
        : error;
    }
    yield { pid, signal };
  },
};
