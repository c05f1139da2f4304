import { statfs } from 'node:fs/promises';
import { type Command, located, noOperands } from './command.ts';
import { mounted } from './mount.ts';

export const df: Command = {
  name: 'df',
  summary: 'how full the file systems are',
  usage: 'df',
  operands: noOperands,
  options: [],
  examples: [{ line: 'df', explains: 'those that can fill up' }],
  presentation: {
    as: 'table',
    columns: [
      { key: 'target' },
      { key: 'type' },
      { key: 'size', unit: 'bytes' },
      { key: 'used', unit: 'bytes' },
      { key: 'available', unit: 'bytes' },
      { key: 'usedFraction', title: 'full', unit: 'fraction' },
    ],
  },
  /** `size`, `used` and `available` (to programs) are bytes; `usedFraction` is 0 to 1 of what programs can ever have. */
  async *run(_args, context) {
    for (const { source, target, type } of mounted(context)) {
      context.signal.throwIfAborted();
      const figures = await statfs(located(target, context)).catch(() => undefined);
      // /proc, /sys and their like have no blocks.
      if (figures === undefined || figures.blocks === 0) continue;
      const used = (figures.blocks - figures.bfree) * figures.bsize;
      const available = figures.bavail * figures.bsize;
      yield {
        source,
        target,
        type,
        size: figures.blocks * figures.bsize,
        used,
        available,
        usedFraction: used === 0 ? 0 : used / (used + available),
      };
    }
  },
};
