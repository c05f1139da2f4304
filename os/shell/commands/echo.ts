import type { Command } from './command.ts';

export const echo: Command = {
  name: 'echo',
  summary: 'the words that follow',
  usage: 'echo [WORD...]',
  operands: { least: 0, most: Number.POSITIVE_INFINITY, are: 'text' },
  options: [],
  examples: [
    { line: 'echo hello "big   world"', explains: 'quotes keep blanks', gives: [{ text: 'hello big   world' }] },
    { line: 'echo -- --json', explains: 'after -- nothing is an option', gives: [{ text: '--json' }] },
  ],
  presentation: { as: 'text', text: (value) => (value as { text: string }).text },
  *run(args) {
    yield { text: args.operands.join(' ') };
  },
};
