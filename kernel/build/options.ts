import { Failure } from '../../host/lib/failure.ts';

/** Option name without `CONFIG_` to its value as written: `y`, `64`, `0x1000`, `"text"`. Off is `n`. */
export type KernelOptions = ReadonlyMap<string, string>;

/**
 * The options of a kernel configuration file or fragment: `CONFIG_NAME=value` and `# CONFIG_NAME is not set`.
 * @throws Failure naming the line that is neither an option, a comment nor empty.
 */
export function parseOptions(text: string, path: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    const set = /^CONFIG_(\w+)=(.+)$/.exec(line);
    const unset = /^# CONFIG_(\w+) is not set$/.exec(line);
    const name = set?.[1] ?? unset?.[1];
    if (name !== undefined) options.set(name, set?.[2] ?? 'n');
    else if (line.trim() !== '' && !line.startsWith('#')) {
      throw new Failure(`${path}:${index + 1} is not a kernel option: write CONFIG_NAME=value, or a comment after #.`);
    }
  }
  return options;
}

/**
 * All fragments as one.
 * @throws Failure when two fragments want different values of one option.
 */
export function mergeFragments(fragments: readonly { path: string; text: string }[]): KernelOptions {
  const merged = new Map<string, string>();
  const origin = new Map<string, string>();
  for (const { path, text } of fragments) {
    for (const [name, value] of parseOptions(text, path)) {
      const other = merged.get(name);
      if (other !== undefined && other !== value) {
        throw new Failure(`CONFIG_${name} is ${other} in ${origin.get(name)} and ${value} in ${path}: keep one.`);
      }
      merged.set(name, value);
      origin.set(name, path);
    }
  }
  return merged;
}

export interface LostOption {
  readonly name: string;
  readonly wanted: string;
  readonly got: string;
}

/** The requested options that the kernel's configuration did not keep. An option that it does not mention is off. */
export function lostOptions(requested: KernelOptions, final: KernelOptions): LostOption[] {
  return [...requested].flatMap(([name, wanted]) => {
    const got = final.get(name) ?? 'n';
    return sameValue(wanted, got) ? [] : [{ name, wanted, got }];
  });
}

/** Numbers compare as numbers: Kconfig writes hexadecimal ones anew. */
function sameValue(wanted: string, got: string): boolean {
  return wanted === got || (/^(0x[0-9a-f]+|\d+)$/i.test(wanted) && got !== 'n' && Number(wanted) === Number(got));
}

/** The options as a configuration file, in the order of their names: the same options give the same bytes. */
export function formatOptions(options: KernelOptions): string {
  return [...options]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === 'n' ? `# CONFIG_${name} is not set\n` : `CONFIG_${name}=${value}\n`))
    .join('');
}
