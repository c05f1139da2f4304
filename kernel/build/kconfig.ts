import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KernelOptions, LostOption } from './options.ts';

/** What a Kconfig file says about an option (Documentation/kbuild/kconfig-language.rst). */
export interface KconfigEntry {
  readonly name: string;
  /** Conditions that must all hold: of the entry, of its prompt and of the `if` blocks around it. */
  readonly dependsOn: readonly string[];
  /** Whether a configuration may set it; otherwise only other options select it. */
  readonly hasPrompt: boolean;
  readonly line: number;
}

/** The entries of one Kconfig file. Menus' conditions are not followed: this serves explanations, not decisions. */
export function parseKconfig(text: string): KconfigEntry[] {
  const entries: (KconfigEntry & { dependsOn: string[]; hasPrompt: boolean })[] = [];
  const conditions: string[] = [];
  let entry: (typeof entries)[number] | undefined;
  let inHelp = false;
  const lines = text.replaceAll(/\\\n/g, (joined) => ' '.repeat(joined.length)).split('\n');
  for (const [index, line] of lines.entries()) {
    if (/^\S/.test(line)) {
      inHelp = false;
      entry = undefined;
    }
    const name = /^\s*(?:menu)?config\s+(\w+)\s*$/.exec(line)?.[1];
    const condition = /^\s*if\s+(.+)$/.exec(line)?.[1];
    if (name !== undefined && !inHelp) {
      entry = { name, dependsOn: [...conditions], hasPrompt: false, line: index + 1 };
      entries.push(entry);
    } else if (inHelp) {
    } else if (condition !== undefined) {
      conditions.push(condition.trim());
    } else if (/^\s*endif\b/.test(line)) {
      conditions.pop();
    } else if (/^\s+(help|---help---)\s*$/.test(line)) {
      inHelp = true;
    } else if (entry !== undefined) {
      const depends = /^\s+depends on\s+(.+)$/.exec(line)?.[1];
      if (depends !== undefined) entry.dependsOn.push(depends.trim().replaceAll(/\s+/g, ' '));
      const prompt = /^\s+(?:bool|tristate|string|int|hex|prompt)\s+"(?:[^"\\]|\\.)*"(?:\s+if\s+(.+))?/.exec(line);
      if (prompt !== null) entry.hasPrompt = true;
      if (prompt?.[1] !== undefined) entry.dependsOn.push(prompt[1].trim());
    }
  }
  return entries;
}

/** One line for each lost option: what it was to be, what it is, and what the kernel's own Kconfig says about it. */
export async function explainLost(
  lost: readonly LostOption[],
  final: KernelOptions,
  source: string,
): Promise<string[]> {
  const wanted = new Set(lost.map((one) => one.name));
  const found = new Map<string, string[]>();
  for await (const path of glob('**/Kconfig*', {
    cwd: source,
    exclude: (at) => /(^|\/)(Documentation|tools)$/.test(at),
  })) {
    if (/^arch\/(?!x86\/|Kconfig)/.test(path)) continue;
    for (const entry of parseKconfig(await readFile(join(source, path), 'utf8'))) {
      if (!wanted.has(entry.name)) continue;
      const reasons = found.get(entry.name) ?? [];
      found.set(entry.name, [...reasons, `${describe(entry, final)} (${path}:${entry.line})`]);
    }
  }
  return lost.map(({ name, wanted, got }) => {
    const reasons = found.get(name) ?? ['this kernel has no such option'];
    return `CONFIG_${name}=${wanted} became ${got}: ${reasons.join('; or ')}`;
  });
}

function describe(entry: KconfigEntry, final: KernelOptions): string {
  if (!entry.hasPrompt) return 'it has no prompt, other options select it';
  if (entry.dependsOn.length === 0) return 'it depends on nothing here: look for a choice or a select';
  const unmet = unmetSymbols(entry.dependsOn.join(' && '), final);
  const states = unmet.length === 0 ? '' : `, where ${unmet.join(' and ')}`;
  return `it depends on ${entry.dependsOn.join(' && ')}${states}`;
}

/** The symbols of an expression that speak against it: plain ones that are off, negated ones that are on. */
export function unmetSymbols(expression: string, final: KernelOptions): string[] {
  const symbols = [...expression.matchAll(/(!?)\s*\b([A-Z0-9][A-Z0-9_]*)\b(?!\s*=)/g)];
  return [
    ...new Set(
      symbols.flatMap(([, not, name = '']) => {
        const on = (final.get(name) ?? 'n') !== 'n';
        if (not === '!') return on ? [`${name} is on`] : [];
        return on ? [] : [`${name} is off`];
      }),
    ),
  ];
}
