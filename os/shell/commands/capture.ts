import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { FrameCounter } from '../machine/pcapng.ts';
import { networkFailure } from '../values/network-failure.ts';
import { CommandError } from '../values/status.ts';
import { absolute, type Command, located, naming } from './command.ts';

export const capture: Command = {
  name: 'capture',
  summary: 'write frames to a pcapng file, for Wireshark; Ctrl-C ends it',
  usage: 'capture [--interface NAME] [--count N] FILE',
  operands: { least: 1, most: 1, are: 'paths' },
  options: [
    { name: 'interface', short: 'i', value: 'NAME', summary: 'only of this one' },
    { name: 'count', short: 'c', value: 'N', summary: 'so many frames, then end' },
  ],
  examples: [
    {
      line: 'capture --interface eth0 --count 2 /data/two.pcapng',
      explains: 'the next two frames',
      gives: [{ file: '/data/two.pcapng', frames: 2 }],
    },
    { line: 'capture /boot/x.pcapng', explains: 'only /data and /tmp can be written', status: 403 },
  ],
  presentation: {
    as: 'table',
    columns: [{ key: 'file' }, { key: 'frames' }, { key: 'bytes', unit: 'bytes' }],
  },
  endsOnCancel: true,
  /** `bytes` is the file's size. */
  async *run(args, context) {
    const file = absolute(args.operands[0] ?? '', context);
    if (!/^\/(data|tmp)\/[^/]/.test(file)) throw new CommandError(403, 'name a file in /data or /tmp');
    const count = args.count('count') ?? Number.POSITIVE_INFINITY;
    const { signal } = context;
    const network = await context.network();
    const output = createWriteStream(located(file, context));
    await naming(file, once(output, 'open'));
    const written = finished(output);
    const counter = new FrameCounter(count);
    const over = Promise.withResolvers<void>();
    const capturing = network.capture(
      args.value('interface'),
      (chunk) => {
        const taken = counter.take(chunk);
        if (taken.length > 0 && !output.write(Uint8Array.from(taken))) {
          capturing.pause();
          output.once('drain', () => capturing.resume());
        }
        if (counter.frames >= count) over.resolve();
      },
      (error) => over.reject(networkFailure(error)),
    );
    const stop = () => over.resolve();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    written.catch(over.reject);
    try {
      await naming(file, over.promise);
    } finally {
      signal.removeEventListener('abort', stop);
      capturing.close();
      output.end();
    }
    await naming(file, written);
    yield { file, frames: counter.frames, bytes: output.bytesWritten };
  },
};
