import { describe, expect, it } from 'vitest';
import type { Execution } from '../shell.ts';
import { cellWidth } from '../values/cells.ts';
import type { Presentation } from '../values/presentation.ts';
import type { Outcome } from '../values/status.ts';
import { render } from './render.ts';

async function show(
  values: readonly object[],
  presentation: Presentation,
  { columns = 80, outcome = { status: 200 } as Outcome, json = false } = {},
): Promise<string> {
  const execution: Execution = {
    presentation,
    json,
    outcome,
    async *[Symbol.asyncIterator]() {
      yield* values;
    },
  };
  return (await Array.fromAsync(render(execution, columns))).join('');
}

const memory: Presentation = {
  as: 'table',
  columns: [
    { key: 'name' },
    { key: 'size', unit: 'bytes', sum: true },
    { key: 'state', colours: { failed: 'red' } },
    { key: 'note' },
  ],
  empty: 'Nothing.',
};
const plain: Presentation = { as: 'text', text: (value) => (value as { text: string }).text };

describe('a table', () => {
  it('stands in line, has units and a sum, and leaves out what nobody has', async () => {
    const values = [
      { name: 'a', size: 512, state: 'ready' },
      { name: '漢字', size: 1572864, state: 'failed', note: null },
    ];
    expect(await show(values, memory)).toBe(
      [
        'name       size  state',
        'a         512 B  ready',
        '漢字   1.50 MiB  \x1b[31mfailed\x1b[0m',
        'total  1.50 MiB',
        '',
      ].join('\n'),
    );
  });

  it('says so when it is empty, but not when the command failed', async () => {
    expect(await show([], memory)).toBe('Nothing.\n');
    const outcome = { status: 404, error: 'no such thing' };
    expect(await show([], memory, { outcome })).toBe('\x1b[31merror 404: no such thing\x1b[0m\n');
  });

  it('never reaches the edge of the terminal, whatever is in it', async () => {
    const values = [
      { name: 'n'.repeat(100), size: 1, state: '漢'.repeat(60), note: `two\nlines \x1b[2J${'x'.repeat(90)}` },
    ];
    for (const columns of [1, 10, 40, 80]) {
      for (const line of (await show(values, memory, { columns })).split('\n')) {
        expect(cellWidth(line)).toBeLessThan(Math.max(columns, 2));
        expect(line).not.toContain('\x1b');
      }
    }
  });

  it('streams: a long one does not wait for its end', async () => {
    let made = 0;
    const execution: Execution = {
      presentation: memory,
      json: false,
      outcome: { status: 200 },
      async *[Symbol.asyncIterator]() {
        for (; made < 100_000; made += 1) yield { name: `row ${made}` };
      },
    };
    const pieces = render(execution, 80);
    expect((await pieces.next()).value).toContain('row 199\n');
    expect((await pieces.next()).value).toBe('row 200\n');
    expect(made).toBeLessThan(300);
  });
});

it('makes control characters visible, so that a file cannot play with the terminal', async () => {
  expect(await show([{ text: 'a\x1b[2J\x07\x9b\r\tb' }], plain)).toBe('a^[[2J^G\ufffd^M\tb\n');
});

describe('JSON', () => {
  it('is one line', async () => {
    expect(await show([{ text: 'a\nb' }, { n: 1 }], plain, { json: true })).toBe(
      '{"status":200,"values":[{"text":"a\\nb"},{"n":1}]}\n',
    );
  });

  it('has the error in place of values', async () => {
    const outcome = { status: 403, error: 'no' };
    expect(await show([{ text: 'a' }], plain, { json: true, outcome })).toBe('{"status":403,"error":"no"}\n');
  });

  it('is bounded', async () => {
    const values = Array.from({ length: 50 }, () => ({ text: 'x'.repeat(100_000) }));
    expect(JSON.parse(await show(values, plain, { json: true }))).toMatchObject({ status: 413 });
  });
});
