import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../machine/contract.ts';
import { findAnswer } from './answer.ts';
import { echoes } from './echo.ts';
import { stripEscapes } from './strip-escapes.ts';

describe('escape sequences', () => {
  test.each([
    ['\x1b[1;32mgreen\x1b[0m', 'green'],
    ['\x1b[?25l\x1b[2J\x1b[Htop', 'top'],
    ['\x1b]0;title\x07text', 'text'],
    ['\x1b]8;;url\x1b\\link', 'link'],
    ['\x1b(Bascii\x1b=', 'ascii'],
    ['a\r\nb\r\r\nc\rd', 'a\nb\nc\rd'],
    ['unfinished \x1b[1', 'unfinished \x1b[1'],
  ])('%j is %j', (text, plain) => expect(stripEscapes(text)).toBe(plain));

  test('text without them is left alone, and any text is survived', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll('\x1b', '').replaceAll('\r', '');
        expect(stripEscapes(plain)).toBe(plain);
        expect(stripEscapes(`\x1b[31m${plain}\x1b[0m`)).toBe(plain);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\x1b', '[', ']', ';', '1', 'm', '\x07', '\\', 'a') }), (text) => {
        expect(stripEscapes(text).length).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

describe('answers', () => {
  test('the last answer counts, wherever log records stand', () => {
    const text = [
      'panos> ls --json',
      '{"status":404,"error":"old"}',
      '[    1.000000] panos net: {"status": up}',
      '{"status":200,"values":[{"name":"a"}]}',
      '[    1.000000] panos init: something',
      'panos> ',
    ].join('\n');
    expect(findAnswer(text)).toEqual({ status: 200, values: [{ name: 'a' }], error: undefined });
  });

  test('an answer behind a record on the same line is found', () => {
    expect(findAnswer('[ 1.0] log: x{"status":404,"error":"no"}\n')).toEqual({ status: 404, values: [], error: 'no' });
  });

  test('what is no answer is none', () => {
    for (const text of ['', '{"status":', '{"status":"200"}', '[1]', '{"values":[]}'])
      expect(findAnswer(text)).toBeUndefined();
  });

  test('values that are no objects break the promise of the console', () => {
    expect(() => findAnswer('{"status":200,"values":[1]}')).toThrow(LabError);
    expect(() => findAnswer('{"status":200,"values":{}}')).toThrow(LabError);
  });

  test('any answer is found between any lines', () => {
    const values = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
    const noise = fc.array(fc.string().filter((line) => !line.includes('"status"') && !line.includes('\n')));
    fc.assert(
      fc.property(noise, values, fc.nat(599), noise, (before, list, status, after) => {
        const answer = JSON.stringify({ status, values: list });
        expect(findAnswer([...before, answer, ...after].join('\n'))).toEqual(
          JSON.parse(`{"status":${status},"values":${JSON.stringify(list)}}`),
        );
      }),
    );
  });
});

describe('echo', () => {
  test('is complete when every character came back, in order', () => {
    expect(echoes('help', 'help')).toBe(true);
    expect(echoes('help', 'he\n[ 1.0] kernel: hot\nlp')).toBe(true);
    expect(echoes('help', 'hel')).toBe(false);
    expect(echoes('help', 'hlep')).toBe(false);
    expect(echoes('', '')).toBe(true);
  });

  test('survives anything in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }), fc.string())),
        (pairs) => {
          const [typed, seen] = [pairs.map(([c]) => c).join(''), pairs.map(([c, noise]) => noise + c).join('')];
          expect(echoes(typed, seen)).toBe(true);
        },
      ),
    );
  });
});

test('a log record in the middle of an answer does not spoil it', () => {
  const text = '\n{"status":200,"values":[{"name":"con[    7.123456] panos init: warning: something\nsole"}]}\n';
  expect(findAnswer(text)?.values).toEqual([{ name: 'console' }]);
});
