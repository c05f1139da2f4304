import { type Command, noOperands } from './command.ts';

function power(name: 'poweroff' | 'reboot', summary: string, does: string): Command {
  return {
    name,
    summary,
    usage: name,
    operands: noOperands,
    options: [],
    examples: [{ line: name, explains: 'services are asked to end first', gives: [{ action: name }] }],
    presentation: { as: 'text', text: () => does },
    async *run(_args, { control, session, signal }) {
      await control.request({ kind: 'power', action: name }, signal);
      session.leaving = true;
      yield { action: name };
    },
  };
}

export const poweroff = power('poweroff', 'switch the machine off', 'Switching the machine off.');
export const reboot = power('reboot', 'start the machine again', 'Starting the machine again.');
