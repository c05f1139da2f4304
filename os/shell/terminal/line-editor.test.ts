import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Screen } from '../fixture/screen.ts';
import { cellsOf } from '../values/cells.ts';
import { History } from './history.ts';
import { type Key, KeyParser } from './keys.ts';
import { LineEditor } from './line-editor.ts';

const prompt = 'panos> ';

function open(columns = 80) {
  const history = new History();
  const editor = new LineEditor(prompt, history);
  const screen = new Screen(columns);
  const parser = new KeyParser();
  let sent = editor.start(columns);
  screen.write(sent);
  return {
    editor,
    screen,
    history,
    get sent() {
      return sent;
    },
    type(text: string) {
      sent = '';
      const events = parser.feed(Buffer.from(text)).map((key) => this.press(key));
      return events.at(-1);
    },
    press(key: Key) {
      const { output, event } = editor.handle(key);
      sent += output;
      screen.write(output);
      return event;
    },
    again() {
      screen.write(editor.start(columns));
    },
  };
}

describe('typing', () => {
  it('echoes characters as they are, so that a tester can wait for them', () => {
    const line = open(20);
    for (const character of `echo ${'long '.repeat(10)}ü漢`) {
      line.type(character);
      expect(line.sent).toBe(character);
    }
  });

  it.each([
    ['ls\x1b[D\x1b[Dx', 'xls'],
    ['abc\x01X\x05Y', 'XabcY'],
    ['abc\x1b[HX\x1b[FY', 'XabcY'],
    ['one two\x17', 'one '],
    ['one two\x15x', 'x'],
    ['one two\x01\x0b', ''],
    ['one two\x17\x01\x19', 'twoone '],
    ['abc\x02\x7f', 'ac'],
    ['abc\x01\x1b[3~', 'bc'],
    ['abc\x01\x04', 'bc'],
    ['one two\x1bbX', 'one Xtwo'],
    ['e\u0301x\x7f\x7f', ''],
    ['🙂🙂\x1b[D\x7f', '🙂'],
    ['漢字\x1b[Dx', '漢x字'],
  ])('%j gives %j', (keys, expected) => {
    const line = open();
    line.type(keys);
    expect(line.screen.text).toBe((prompt + expected).trimEnd());
    expect(line.type('\r')).toEqual({ type: 'line', line: expected });
  });

  it('refuses what does not fit, with a bell', () => {
    const line = open();
    line.type('x'.repeat(4096));
    line.type('y');
    expect(line.sent).toBe('\x07');
    expect(line.type('\r')).toEqual({ type: 'line', line: 'x'.repeat(4096) });
  });

  it('gives a line up at Ctrl-C and ends at Ctrl-D only when it is empty', () => {
    const line = open();
    expect(line.type('abc\x03')).toEqual({ type: 'interrupt' });
    expect(line.screen.text).toBe('panos> abc^C');
    line.again();
    expect(line.type('\x04')).toEqual({ type: 'end' });
  });

  it('clears the screen at Ctrl-L and keeps the line', () => {
    const line = open();
    line.type('one\r');
    line.again();
    line.type('two\x02\x0cX');
    expect(line.screen.text).toBe('panos> twXo');
  });
});

describe('history', () => {
  it('walks back and forth and keeps what was being typed', () => {
    const line = open();
    for (const text of ['first', 'second', 'second', ' ']) {
      line.type(`${text}\r`);
      line.again();
    }
    const shown = (keys: string) => {
      line.type(keys);
      return line.screen.lines.at(line.screen.row);
    };
    expect(shown('dra')).toBe('panos> dra');
    expect(shown('\x1b[A')).toBe('panos> second');
    expect(shown('\x10')).toBe('panos> first');
    expect(shown('\x1b[A')).toBe('panos> first');
    expect(shown('\x1b[B')).toBe('panos> second');
    expect(shown('\x0e')).toBe('panos> dra');
  });

  it('forgets the oldest', () => {
    const history = new History(2);
    for (const text of ['a', 'b', 'c']) history.add(text);
    expect([history.walk(-1, ''), history.walk(-1, ''), history.walk(-1, '')]).toEqual(['c', 'b', undefined]);
  });
});

describe('completion', () => {
  const candidates = (...names: string[]) =>
    names.map((name) => ({ text: name, label: name, open: name.endsWith('/') }));

  it('puts in the only candidate, with a blank unless it is a folder', () => {
    const line = open();
    expect(line.type('ls /d\t')).toEqual({ type: 'complete', line: 'ls /d', cursor: 5 });
    line.screen.write(line.editor.complete(3, candidates('/data/')));
    line.type('x');
    expect(line.screen.text).toBe('panos> ls /data/x');
  });

  it('puts in what candidates have in common, and lists them at the second Tab', () => {
    const line = open();
    const tab = () => {
      line.type('\t');
      line.screen.write(line.editor.complete(0, candidates('reboot', 'rebuild')));
    };
    line.type('re');
    tab();
    expect(line.screen.text).toBe('panos> reb');
    line.type('\x02\x05');
    tab();
    expect(line.screen.bells).toBe(1);
    tab();
    expect(line.screen.text).toBe('panos> reb\nreboot   rebuild\npanos> reb');
  });
});

it('shows exactly the line and the cursor, whatever is typed, in terminals of any width', () => {
  const names = [
    'left',
    'right',
    'home',
    'end',
    'backspace',
    'delete',
    'word-left',
    'word-right',
    'kill-word',
    'yank',
    'up',
    'down',
  ] as const;
  const key: fc.Arbitrary<Key> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .string({ minLength: 1, maxLength: 9, unit: fc.constantFrom('a', 'b', ' ', '漢', 'é', '🙂', 'e\u0301') })
        .map((text) => ({ text })),
    },
    { weight: 3, arbitrary: fc.constantFrom(...names).map((name) => ({ name })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('kill-to-end', 'kill-to-start', 'redraw').map((name) => ({ name }) as Key),
    },
  );
  fc.assert(
    fc.property(fc.integer({ min: 12, max: 30 }), fc.array(key, { maxLength: 60 }), (columns, keys) => {
      const line = open(columns);
      line.history.add('an older line that is longer than a row');
      line.history.leave();
      for (const each of keys) line.press(each);
      const event = line.editor.handle({ name: 'tab' }).event;
      if (event?.type !== 'complete') throw new Error('no line');

      const expected = new Screen(columns);
      expected.write(prompt + event.line);
      expect(line.screen.text).toBe(expected.text);
      const place = new Screen(columns);
      place.write(prompt + event.line.slice(0, event.cursor));
      // Behind a full row the cursor may stand at its end or at the start of the next.
      const next = event.line.codePointAt(event.cursor);
      const wraps = place.column + (next === undefined ? 0 : cellsOf(String.fromCodePoint(next))) > columns;
      const places = [[place.row, place.column], ...(wraps || place.column === columns ? [[place.row + 1, 0]] : [])];
      expect(places).toContainEqual([line.screen.row, line.screen.column]);
    }),
    { numRuns: 400 },
  );
});
