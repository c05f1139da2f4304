import type { Stats } from 'node:fs';
import { lstat, opendir, readlink } from 'node:fs/promises';
import { basename, extname, join } from 'node:path/posix';
import { absolute, type Command, located, naming } from './command.ts';

/** Property `size` is in bytes, `modified` ISO 8601 in UTC, `mode` octal digits. */
interface Entry {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly modified: string;
  readonly mode: string;
  readonly extension: string;
  /** Where a symbolic link leads. */
  readonly target?: string;
}

export const ls: Command = {
  name: 'ls',
  summary: 'what is in a folder',
  usage: 'ls [PATH...]',
  operands: { least: 0, most: 100, are: 'paths' },
  options: [],
  examples: [
    {
      line: 'ls /data',
      explains: 'folders and files by name',
      gives: [
        { name: 'deep', type: 'folder' },
        { name: 'notes.txt', type: 'file', size: 20, extension: '.txt' },
        { name: 'shortcut', type: 'link', target: 'notes.txt' },
      ],
    },
    { line: 'ls /data/notes.txt', explains: 'one file', gives: [{ name: 'notes.txt', type: 'file', size: 20 }] },
    { line: 'ls /nowhere', explains: 'a path that does not exist', status: 404 },
  ],
  presentation: {
    as: 'table',
    columns: [
      { key: 'type' },
      { key: 'size', unit: 'bytes' },
      { key: 'modified', unit: 'instant' },
      { key: 'name' },
      { key: 'target' },
    ],
    empty: 'The folder is empty.',
  },
  async *run(args, context) {
    for (const word of args.operands.length > 0 ? args.operands : ['.']) {
      const path = absolute(word, context);
      const real = located(path, context);
      const stats = await naming(path, lstat(real));
      if (stats.isDirectory()) yield* folder(path, real, context.signal);
      else yield await entry(basename(path) || '/', real, stats);
    }
  },
};

async function* folder(path: string, real: string, signal: AbortSignal): AsyncGenerator<Entry> {
  const names: string[] = [];
  const directory = await naming(path, opendir(real, { bufferSize: 256 }));
  for await (const { name } of directory) {
    signal.throwIfAborted();
    names.push(name);
  }
  for (const name of names.sort()) {
    signal.throwIfAborted();
    const inside = join(real, name);
    // It may be gone by now, as processes in /proc are: then it is no longer in the folder.
    const stats = await lstat(inside).catch(() => undefined);
    if (stats !== undefined) yield await entry(name, inside, stats);
  }
}

async function entry(name: string, real: string, stats: Stats): Promise<Entry> {
  return {
    name,
    type: typeOf(stats),
    size: stats.size,
    modified: stats.mtime.toISOString(),
    mode: (stats.mode & 0o7777).toString(8).padStart(4, '0'),
    extension: extname(name),
    ...(stats.isSymbolicLink() ? { target: await readlink(real).catch(() => '?') } : {}),
  };
}

function typeOf(stats: Stats): string {
  if (stats.isDirectory()) return 'folder';
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'pipe';
  return stats.isSocket() ? 'socket' : 'device';
}
