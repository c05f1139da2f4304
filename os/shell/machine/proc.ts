/** The text formats of /proc (Documentation/filesystems/proc.rst of the kernel), as plain data. All parsers are pure. */

/** `Name:   123 kB` lines (meminfo, smaps_rollup) as bytes; lines without `kB` as they stand. */
export function parseKilobyteTable(text: string): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  for (const [, name, number, unit] of text.matchAll(/^([^:\n]+):\s+(\d+)( kB)?[ \t]*$/gm)) {
    table.set(name as string, Number(number) * (unit === undefined ? 1 : 1024));
  }
  return table;
}

export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  /** One letter: R running, S sleeping, D waiting for a device, Z zombie, T stopped, I idle. */
  readonly state: string;
  readonly parent: number;
  /** Kernel threads have no memory of their own. */
  readonly kernelThread: boolean;
  /** Processor time used, seconds. */
  readonly processorTime: number;
  readonly threads: number;
  /** Seconds since boot. */
  readonly started: number;
}

// USER_HZ is 100 on every x86-64 kernel, whatever CONFIG_HZ says (include/uapi/asm-generic/param.h).
const ticksPerSecond = 100;
const kernelThreadFlag = 0x0020_0000; // PF_KTHREAD, include/linux/sched.h

/** /proc/PID/stat; undefined if the text is not one. The name may contain blanks and parentheses. */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const fields = text
    .slice(close + 1)
    .trim()
    .split(' ');
  // fields[0] is field 3 of proc_pid_stat(5).
  const number = (field: number) => Number(fields[field - 3]);
  if (fields.length < 20 || !Number.isFinite(number(22))) return undefined;
  return {
    pid: Number.parseInt(text, 10),
    name: text.slice(open + 1, close),
    state: fields[0] as string,
    parent: number(4),
    kernelThread: (number(9) & kernelThreadFlag) !== 0,
    processorTime: (number(14) + number(15)) / ticksPerSecond,
    threads: number(20),
    started: number(22) / ticksPerSecond,
  };
}

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** /proc/self/mounts. Blanks in names are written as octal escapes there. */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const [source, target, type, options] = line.split(' ').map(unescapeOctal);
    if (source === undefined || target === undefined || type === undefined) continue;
    mounts.push({ source, target, type, options: (options ?? '').split(',') });
  }
  return mounts;
}

const unescapeOctal = (field: string): string =>
  field.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
