import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Toolbox } from './toolbox.ts';

/**
 * Writes a folder of programs that run the toolbox's: for whoever finds programs by PATH and cannot be told otherwise.
 * @throws Error when the toolbox lacks one of them
 */
export async function writeWrappers(toolbox: Toolbox, tools: readonly string[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const tool of tools) {
    const words = (await toolbox.argv(tool)).map(quoted).join(' ');
    const path = join(folder, tool);
    await writeFile(path, `#!/bin/sh\nexec ${words} "$@"\n`);
    await chmod(path, 0o755);
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
