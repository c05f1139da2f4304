import type { Readable } from 'node:stream';
import { LineSplitter } from '../../lib/lines.ts';
import { maxMessageLength } from '../log/journal.ts';

/** Bytes of output that a service may turn into log records at once, … */
const burst = 256 * 1024;
/** … and per second in the long run. */
const rate = 32 * 1024;

/**
 * Hands the lines of a service's output to `onLine`. A service that writes more than its share is not read for a
 * while: its pipe fills up and its own writes wait, so that it burdens only itself.
 */
export function captureLines(stream: Readable, onLine: (line: string) => void): void {
  const splitter = new LineSplitter(maxMessageLength, onLine);
  let share = burst;
  let last = performance.now();
  stream.on('data', (chunk: Buffer) => {
    const now = performance.now();
    share = Math.min(burst, share + ((now - last) / 1000) * rate) - chunk.length;
    last = now;
    splitter.push(chunk);
    if (share >= 0) return;
    stream.pause();
    setTimeout(() => stream.resume(), (-share / rate) * 1000);
  });
  stream.on('end', () => splitter.end());
  // A broken pipe ends the stream; there is nothing to add.
  stream.on('error', () => {});
}
