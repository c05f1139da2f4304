import type { Readable } from 'node:stream';
import { LineSplitter } from '../../lib/lines.ts';
import { maxMessageLength } from '../log/journal.ts';

/** Bytes of output that one stream of a service may turn into log records per second. */
const budget = 128 * 1024;
const window = 1000;

/**
 * Hands the lines of a service's output to `onLine`. A service that writes more than the budget is not read until the
 * second is over: its pipe fills up and its own writes wait, so that it burdens only itself.
 */
export function captureLines(stream: Readable, onLine: (line: string) => void): void {
  const splitter = new LineSplitter(maxMessageLength, onLine);
  let spent = 0;
  let windowStart = 0;
  stream.on('data', (chunk: Buffer) => {
    const now = performance.now();
    if (now - windowStart > window) {
      windowStart = now;
      spent = 0;
    }
    spent += chunk.length;
    splitter.push(chunk);
    if (spent < budget) return;
    stream.pause();
    setTimeout(() => stream.resume(), windowStart + window - now + 1);
  });
  stream.on('end', () => splitter.end());
  // A broken pipe ends the stream; there is nothing to add.
  stream.on('error', () => {});
}
