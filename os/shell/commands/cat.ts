import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { CommandError } from '../values/status.ts';
import { absolute, type Command, located, naming } from './command.ts';

/** One line of a file, without its line feed. */
interface Line {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly content: string;
}

const chunkSize = 16 * 1024;
// A file without line feeds (a disk, a core dump) must not gather in memory as one line.
const longestLine = 4 * 1024;

export const cat: Command = {
  name: 'cat',
  summary: 'what is in files, line by line',
  usage: 'cat PATH...',
  operands: { least: 1, most: 100, are: 'paths' },
  options: [],
  examples: [
    {
      line: 'cat /data/notes.txt',
      explains: 'one file',
      gives: [
        { line: 1, content: 'first line' },
        { line: 2, content: 'the last' },
      ],
    },
    { line: 'cat /data/notes.txt /data/shortcut', explains: 'several files, one after the other' },
    { line: 'cat /data', explains: 'a folder is no text', status: 400 },
    { line: 'cat /nowhere', explains: 'a path that does not exist', status: 404 },
  ],
  presentation: { as: 'text', text: (value) => (value as Line).content },
  async *run(args, context) {
    for (const word of args.operands) {
      const path = absolute(word, context);
      yield* linesOf(path, located(path, context), context.signal);
    }
  },
};

/** Reads only as far as lines are taken. */
async function* linesOf(path: string, real: string, signal: AbortSignal): AsyncGenerator<Line> {
  // Looked at before it is opened: opening a watchdog or a terminal has effects.
  const stats = await naming(path, stat(real));
  if (stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice()) {
    throw new CommandError(400, `${path}: that is a device or pipe; cat reads files`);
  }
  // Some files of /proc make a blocking reader wait for ever, in a thread that nobody can cancel.
  await using file = await naming(path, open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY));
  const buffer = Buffer.allocUnsafe(chunkSize);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let line = 0;
  for (;;) {
    signal.throwIfAborted();
    const bytesRead = await naming(path, read(file, buffer));
    rest += bytesRead === 0 ? decoder.end() : decoder.write(buffer.subarray(0, bytesRead));
    let start = 0;
    for (;;) {
      const end = rest.indexOf('\n', start);
      const length = (end < 0 ? rest.length : end) - start;
      if (length > longestLine) {
        yield { path, line: ++line, content: rest.slice(start, start + longestLine) };
        start += longestLine;
      } else if (end >= 0) {
        yield { path, line: ++line, content: rest.slice(start, end) };
        start = end + 1;
      } else break;
    }
    rest = rest.slice(start);
    if (bytesRead > 0) continue;
    if (rest !== '') yield { path, line: ++line, content: rest };
    return;
  }
}

/** Bytes read; 0 at the end, and where a file that never ends has nothing at the moment. */
async function read(file: FileHandle, buffer: Buffer): Promise<number> {
  try {
    return (await file.read(buffer, 0, buffer.length, null)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
