import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { type ProcessStat, parseKilobyteTable, parseStat } from '../machine/proc.ts';
import { type Command, located, noOperands } from './command.ts';

/** Memory in bytes, null where the kernel does not tell (kernel threads, processes that are ending). */
interface Process extends Omit<ProcessStat, 'kernelThread'> {
  /** Resident memory. */
  readonly rss: number | null;
  /** The process's own memory and its share of what it shares: the sum over processes is what they really use. */
  readonly pss: number | null;
  readonly command: string;
}

export const ps: Command = {
  name: 'ps',
  summary: 'the processes and the memory they use',
  usage: 'ps [--all]',
  operands: noOperands,
  options: [{ name: 'all', summary: 'kernel threads too' }],
  examples: [
    {
      line: 'ps',
      explains: 'pss shares out what processes have in common',
      gives: [{ pid: 1, name: 'node', pss: 31457280, rss: 52428800, command: '/bin/node /usr/lib/panos/init.js' }],
    },
    { line: 'ps --all', explains: 'with kernel threads', gives: [{ pid: 1 }, { pid: 2, name: 'kthreadd', pss: null }] },
  ],
  presentation: {
    as: 'table',
    columns: [
      { key: 'pid' },
      { key: 'parent' },
      { key: 'state' },
      { key: 'threads' },
      { key: 'processorTime', title: 'cpu', unit: 'seconds' },
      { key: 'rss', unit: 'bytes' },
      { key: 'pss', unit: 'bytes', sum: true },
      { key: 'command' },
    ],
  },
  async *run(args, context) {
    const proc = located('/proc', context);
    const pids = readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
    for (const pid of pids) {
      const found = readProcess(`${proc}/${pid}`, args.has('all'));
      if (found !== undefined) yield found;
      // Reading smaps_rollup walks the page tables: let keys and other terminals have their turn in between.
      await turn();
      context.signal.throwIfAborted();
    }
  },
};

function readProcess(folder: string, kernelThreads: boolean): Process | undefined {
  const stat = parseStat(tryRead(`${folder}/stat`) ?? '');
  if (stat === undefined || (stat.kernelThread && !kernelThreads)) return undefined;
  const { kernelThread, ...fields } = stat;
  const memory = parseKilobyteTable((kernelThread ? undefined : tryRead(`${folder}/smaps_rollup`)) ?? '');
  const words = (tryRead(`${folder}/cmdline`) ?? '').split('\0').slice(0, -1);
  return {
    ...fields,
    rss: memory.get('Rss') ?? null,
    pss: memory.get('Pss') ?? null,
    command: words.length > 0 ? words.join(' ') : `[${stat.name}]`,
  };
}

/** Processes end while we look at them. */
function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
