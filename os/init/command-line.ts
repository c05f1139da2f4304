import { readFileSync } from 'node:fs';

/** The words of the kernel's command line. */
export function commandLine(): readonly string[] {
  try {
    return readFileSync('/proc/cmdline', 'utf8').trim().split(/\s+/);
  } catch {
    return [];
  }
}

/** Whether the person who started the machine asked for safe mode. */
export const asksForSafeMode = (words: readonly string[]): boolean =>
  words.includes('panos.safe') || words.includes('panos.safe=1');
