/** The line editor: keys in, characters for the terminal and events out. Does no input or output itself. */

import type { Candidate } from '../shell.ts';
import { cellsOf, cellWidth, cutToCells, padToCells } from '../values/cells.ts';
import type { History } from './history.ts';
import type { Key, KeyName } from './keys.ts';
import { LineBuffer } from './line-buffer.ts';

export type EditorEvent =
  | { readonly type: 'line'; readonly line: string }
  /** Ctrl-C: the line was given up. */
  | { readonly type: 'interrupt' }
  /** Ctrl-D on an empty line. */
  | { readonly type: 'end' }
  /** Tab: answer with {@link LineEditor.complete}. */
  | { readonly type: 'complete'; readonly line: string; readonly cursor: number };

export interface Step {
  /** For the terminal. */
  readonly output: string;
  readonly event?: EditorEvent;
}

const bell = '\x07';

/** A place on the screen counted from where the prompt starts; column = width means that the row is just full. */
interface Place {
  readonly row: number;
  readonly column: number;
}

export class LineEditor {
  readonly #prompt: string;
  readonly #history: History;
  readonly #buffer: LineBuffer;
  #columns = 80;
  /** Where the terminal's cursor stands. */
  #place: Place = { row: 0, column: 0 };
  #tabs = 0;

  constructor(prompt: string, history: History, limit?: number) {
    this.#prompt = prompt;
    this.#history = history;
    this.#buffer = new LineBuffer(limit);
  }

  /** Characters that start a new, empty line at the beginning of a row of a terminal `columns` wide. */
  start(columns: number): string {
    this.#columns = Math.max(columns, this.#prompt.length + 4);
    this.#buffer.set('');
    this.#history.leave();
    this.#tabs = 0;
    this.#place = this.#placeAfter(this.#prompt);
    return this.#prompt;
  }

  handle(key: Key): Step {
    this.#tabs = 'name' in key && key.name === 'tab' ? this.#tabs + 1 : 0;
    if ('text' in key) return { output: this.#type(key.text) };
    switch (key.name) {
      case 'enter':
        return this.#finish();
      case 'interrupt':
        return { output: `${this.#goToEnd()}^C\n`, event: { type: 'interrupt' } };
      case 'end-of-input':
        if (this.#buffer.text === '') return { output: '\n', event: { type: 'end' } };
        return { output: this.#edit('delete') };
      case 'tab':
        return { output: '', event: { type: 'complete', line: this.#buffer.text, cursor: this.#buffer.cursor } };
      case 'redraw':
        this.#place = { row: 0, column: 0 };
        return { output: `\x1b[H\x1b[2J${this.#redraw()}` };
      default:
        return { output: this.#edit(key.name) };
    }
  }

  /** Puts in what a completion found: all of it if it is the only one, else what they have in common, else the list. */
  complete(start: number, candidates: readonly Candidate[]): string {
    const [only] = candidates;
    if (only === undefined || start > this.#buffer.cursor) return bell;
    if (candidates.length === 1) return this.#replace(start, only.text + (only.open ? '' : ' '));
    const common = commonStart(candidates.map((candidate) => candidate.text));
    if (common.length > this.#buffer.cursor - start) return this.#replace(start, common);
    if (this.#tabs < 2) return bell;
    const end = this.#goToEnd();
    this.#place = { row: 0, column: 0 };
    return `${end}\n${this.#list(candidates.map((candidate) => candidate.label))}${this.#redraw()}`;
  }

  #replace(start: number, text: string): string {
    return this.#buffer.replace(start, text) ? this.#redraw() : bell;
  }

  #list(labels: readonly string[]): string {
    const width = Math.min(this.#columns, Math.max(...labels.map(cellWidth)) + 2);
    const perRow = Math.max(1, Math.floor((this.#columns - 1) / width));
    const rows: string[] = [];
    for (let index = 0; index < labels.length; index += perRow) {
      const row = labels.slice(index, index + perRow).map((label) => padToCells(cutToCells(label, width - 1), width));
      rows.push(row.join('').trimEnd());
    }
    return `${rows.join('\n')}\n`;
  }

  #type(text: string): string {
    const atEnd = this.#buffer.atEnd;
    if (!this.#buffer.insert(text)) return bell;
    if (!atEnd) return this.#redraw();
    // Characters at the end are echoed as they are: a tester who types can wait for each of them to appear.
    this.#place = this.#placeAfter(text, this.#place);
    return text;
  }

  #finish(): Step {
    const line = this.#buffer.text;
    this.#history.add(line);
    return { output: `${this.#goToEnd()}\n`, event: { type: 'line', line } };
  }

  #goToEnd(): string {
    if (this.#buffer.atEnd) return '';
    this.#buffer.moveTo(this.#buffer.text.length);
    return this.#redraw();
  }

  #edit(name: KeyName): string {
    const buffer = this.#buffer;
    const { text, cursor } = buffer;
    switch (name) {
      case 'left':
        buffer.moveTo(buffer.left);
        break;
      case 'right':
        buffer.moveTo(buffer.right);
        break;
      case 'word-left':
        buffer.moveTo(buffer.wordLeft(true));
        break;
      case 'word-right':
        buffer.moveTo(buffer.wordRight);
        break;
      case 'home':
        buffer.moveTo(0);
        break;
      case 'end':
        buffer.moveTo(text.length);
        break;
      case 'backspace':
        buffer.remove(buffer.left);
        break;
      case 'delete':
        buffer.remove(buffer.right);
        break;
      case 'kill-word':
        buffer.remove(buffer.wordLeft(false), true);
        break;
      case 'kill-next-word':
        buffer.remove(buffer.wordRight, true);
        break;
      case 'kill-to-start':
        buffer.remove(0, true);
        break;
      case 'kill-to-end':
        buffer.remove(text.length, true);
        break;
      case 'yank':
        if (!buffer.yank()) return bell;
        break;
      case 'up':
      case 'down': {
        const line = this.#history.walk(name === 'up' ? -1 : 1, text);
        if (line === undefined) return bell;
        buffer.set(line);
        break;
      }
    }
    if (buffer.text === text) {
      if (buffer.cursor === cursor) return '';
      // The row that a cursor behind a full row stands in may not be on the screen yet: drawing makes it.
      return buffer.atEnd && this.#cursorPlace().column === 0 ? this.#redraw() : this.#move();
    }
    return (cursor === text.length ? this.#eraseLast(text) : undefined) ?? this.#redraw();
  }

  /** One narrow character taken from the end of a row that stays: three characters instead of the whole line. */
  #eraseLast(before: string): string | undefined {
    const { text, atEnd } = this.#buffer;
    const { row, column } = this.#place;
    if (!atEnd || before.length !== text.length + 1 || !before.startsWith(text) || !/[\x20-\x7e]$/.test(before)) return;
    if (column < 2 || column >= this.#columns) return;
    this.#place = { row, column: column - 1 };
    return '\b \b';
  }

  /** Puts the terminal's cursor where the buffer's is, without drawing. */
  #move(): string {
    const target = this.#cursorPlace();
    const output = movement(this.#place, target, this.#columns);
    this.#place = target;
    return output;
  }

  #redraw(): string {
    const { text } = this.#buffer;
    const up = this.#place.row > 0 ? `\x1b[${this.#place.row}A` : '';
    let end = this.#placeAfter(this.#prompt + text);
    let output = `${up}\r\x1b[J${this.#prompt}${text}`;
    if (end.column === this.#columns) {
      // Terminals differ in where the cursor is after a row's last character: make sure.
      output += '\n';
      end = { row: end.row + 1, column: 0 };
    }
    this.#place = end;
    return output + this.#move();
  }

  #cursorPlace(): Place {
    const place = this.#placeAfter(this.#prompt + this.#buffer.text.slice(0, this.#buffer.cursor));
    return place.column === this.#columns ? { row: place.row + 1, column: 0 } : place;
  }

  #placeAfter(text: string, from: Place = { row: 0, column: 0 }): Place {
    let { row, column } = from;
    for (const character of text) {
      const cells = cellsOf(character);
      if (column + cells > this.#columns) {
        row += 1;
        column = 0;
      }
      column += cells;
    }
    return { row, column };
  }
}

function movement(from: Place, to: Place, columns: number): string {
  const rows = to.row - from.row;
  const vertical = rows < 0 ? `\x1b[${-rows}A` : rows > 0 ? `\x1b[${rows}B` : '';
  if (from.column === to.column && from.column < columns) return vertical;
  // One step is what arrow keys make; anything else is counted from the row's start.
  if (vertical === '' && from.column - to.column === 1 && from.column < columns) return '\b';
  if (vertical === '' && to.column - from.column === 1) return '\x1b[C';
  return `${vertical}\r${to.column > 0 ? `\x1b[${to.column}C` : ''}`;
}

function commonStart(texts: readonly string[]): string {
  let common = texts[0] ?? '';
  for (const text of texts) while (!text.startsWith(common)) common = common.slice(0, -1);
  return common.replace(/[\ud800-\udbff]$/, '');
}
