import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QmpParser } from './qmp-parser.ts';

const object = fc.dictionary(fc.string(), fc.jsonValue());

/** Cuts `bytes` at the given fractions of its length. */
function cut(bytes: Buffer, fractions: readonly number[]): Buffer[] {
  const places = fractions.map((fraction) => Math.floor(fraction * bytes.length)).sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

describe('QMP parser', () => {
  test('gives the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(object), fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (messages, fractions) => {
        const parser = new QmpParser();
        const bytes = Buffer.from(messages.map((message) => `${JSON.stringify(message)}\r\n`).join(''));
        const lines = cut(bytes, fractions).flatMap((piece) => parser.push(piece));
        expect(lines.map((line) => (line.kind === 'message' ? JSON.stringify(line.message) : line))).toEqual(
          messages.map((message) => JSON.stringify(message)),
        );
      }),
    );
  });

  test('survives any bytes and still understands the message after them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const parser = new QmpParser();
        for (const chunk of chunks) parser.push(chunk);
        const last = parser.push(Buffer.from('\n{"event":"STOP"}\r\n')).at(-1);
        expect(last).toMatchObject({ kind: 'message', message: { event: 'STOP' } });
      }),
    );
  });

  test('drops a line that is too long and goes on behind it', () => {
    const parser = new QmpParser(10);
    expect(parser.push(Buffer.from('x'.repeat(8)))).toEqual([]);
    expect(parser.push(Buffer.from('x'.repeat(8)))).toEqual([]);
    expect(parser.push(Buffer.from('x\n{"a":1}\n'))).toEqual([
      { kind: 'garbage', text: 'a line of more than 10 characters' },
      { kind: 'message', message: { a: 1 }, text: '{"a":1}' },
    ]);
  });

  test('calls JSON that is no object garbage', () => {
    const lines = new QmpParser().push(Buffer.from('[1]\r\n12\r\nnull\r\n{oops\r\n'));
    expect(lines.map((line) => line.kind)).toEqual(['garbage', 'garbage', 'garbage', 'garbage']);
  });
});
