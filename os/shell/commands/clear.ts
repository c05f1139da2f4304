import { type Command, noOperands } from './command.ts';

export const clear: Command = {
  name: 'clear',
  summary: 'empty the screen',
  usage: 'clear',
  operands: noOperands,
  options: [],
  examples: [{ line: 'clear', explains: 'as Ctrl-L does', gives: [] }],
  presentation: { as: 'text', text: () => '' },
  run(_args, { session }) {
    session.clearScreen?.();
    return [];
  },
};
