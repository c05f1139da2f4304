import { readFileSync } from 'node:fs';
import { parseKilobyteTable } from '../machine/proc.ts';
import { type Command, located, noOperands } from './command.ts';

export const free: Command = {
  name: 'free',
  summary: 'how much memory is used and free',
  usage: 'free',
  operands: noOperands,
  options: [],
  examples: [
    {
      line: 'free',
      explains: 'available is what programs can still have',
      gives: [{ kind: 'memory', total: 2061578240, used: 102400000, available: 1959178240 }],
    },
  ],
  presentation: {
    as: 'table',
    columns: [
      { key: 'kind' },
      { key: 'total', unit: 'bytes' },
      { key: 'used', unit: 'bytes' },
      { key: 'available', unit: 'bytes' },
      { key: 'free', unit: 'bytes' },
      { key: 'cache', unit: 'bytes' },
      { key: 'shared', unit: 'bytes' },
    ],
  },
  /** All numbers are bytes. */
  *run(_args, context) {
    const table = parseKilobyteTable(readFileSync(located('/proc/meminfo', context), 'utf8'));
    const bytes = (name: string) => table.get(name) ?? 0;
    yield {
      kind: 'memory',
      total: bytes('MemTotal'),
      used: bytes('MemTotal') - bytes('MemAvailable'),
      available: bytes('MemAvailable'),
      free: bytes('MemFree'),
      cache: bytes('Buffers') + bytes('Cached') + bytes('SReclaimable'),
      shared: bytes('Shmem'),
    };
    if (bytes('SwapTotal') > 0) {
      yield {
        kind: 'swap',
        total: bytes('SwapTotal'),
        used: bytes('SwapTotal') - bytes('SwapFree'),
        available: bytes('SwapFree'),
        free: bytes('SwapFree'),
      };
    }
  },
};
