import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter } from './lines.ts';

const split = (chunks: readonly Uint8Array[], maxLength: number): string[] => {
  const lines: string[] = [];
  const splitter = new LineSplitter(maxLength, (line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
};

/** Cuts bytes at arbitrary places. */
const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)];
};

describe('LineSplitter', () => {
  test('gives the same lines however the bytes are cut', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')));
    fc.assert(
      fc.property(texts, fc.array(fc.nat({ max: 5 })), (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        expect(split(cut(bytes, sizes), 10_000)).toEqual(lines);
      }),
    );
  });

  test('cuts a long line once and goes on with the next', () => {
    expect(split([Buffer.from(`${'x'.repeat(30)}\nshort\n`)], 10)).toEqual([`${'x'.repeat(10)}…`, 'short']);
  });

  test('holds no more than a line of the greatest length, without line ends', () => {
    let lines = 0;
    const splitter = new LineSplitter(100, () => lines++);
    for (let chunk = 0; chunk < 1000; chunk++) splitter.push(Buffer.alloc(1000, 'x'));
    expect(lines).toBe(1);
  });

  test('knows lines of Windows, and a last line without an end', () => {
    expect(split([Buffer.from('one\r\ntwo')], 10)).toEqual(['one', 'two']);
  });
});
