import { readFileSync } from 'node:fs';
import { type Mount, parseMounts } from '../machine/proc.ts';
import { type Command, type Context, located, noOperands } from './command.ts';

export const mount: Command = {
  name: 'mount',
  summary: 'the file systems and where they are mounted',
  usage: 'mount',
  operands: noOperands,
  options: [],
  examples: [
    {
      line: 'mount',
      explains: 'all of them',
      gives: [
        { target: '/', type: 'erofs' },
        { target: '/proc' },
        { source: '/dev/vda5', target: '/data', type: 'ext4' },
      ],
    },
  ],
  presentation: {
    as: 'table',
    columns: [{ key: 'target' }, { key: 'type' }, { key: 'source' }, { key: 'options' }],
  },
  run: (_args, context) => mounted(context),
};

/** What is mounted now, in order of mounting. */
export const mounted = (context: Context): Mount[] =>
  parseMounts(readFileSync(located('/proc/self/mounts', context), 'utf8'));
