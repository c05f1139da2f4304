/** Values → text, for people or (`--json`) for programs. */
import type { Execution } from '../shell.ts';
import { cellWidth, cutToCells, padToCells, printable } from '../values/cells.ts';
import type { Colour, Column } from '../values/presentation.ts';
import type { Outcome } from '../values/status.ts';
import { formatProperty } from '../values/units.ts';

const colours: Readonly<Record<Colour, string>> = { red: '\x1b[31m', yellow: '\x1b[33m', green: '\x1b[32m' };
const paint = (text: string, colour: Colour | undefined): string =>
  colour === undefined ? text : `${colours[colour]}${text}\x1b[0m`;

// Rows that a table's widths are made from; later rows are cut to these widths, so that memory stays bounded.
const rowsMeasured = 200;
// Characters of JSON that are gathered: its status comes first, so nothing can be printed before the end.
const longestJson = 4 * 1024 * 1024;

/** Runs `execution` and yields pieces of text, each ending with a line feed; at the end the error, if there was one. */
export async function* render(execution: Execution, columns: number): AsyncGenerator<string> {
  if (execution.json) {
    yield await json(execution);
    return;
  }
  const { presentation } = execution;
  if (presentation.as === 'table') {
    yield* table(execution, presentation.columns, presentation.empty, columns);
  } else {
    for await (const value of execution) {
      const text = printable(presentation.text(value));
      yield `${paint(text, presentation.colour?.(value))}\n`;
    }
  }
  yield failure(execution.outcome);
}

/** `error 404: …` in red; nothing for a success, `^C` for what a person cancelled. */
function failure({ status, error }: Outcome): string {
  if (status < 400) return '';
  return status === 499 ? '^C\n' : `${paint(`error ${status}: ${printable(error ?? 'unknown')}`, 'red')}\n`;
}

/** Exactly one line: `{"status":200,"values":[…]}` or `{"status":404,"error":"…"}`. */
async function json(execution: Execution): Promise<string> {
  const values: string[] = [];
  let length = 0;
  for await (const value of execution) {
    const text = JSON.stringify(value);
    length += text.length + 1;
    if (length > longestJson) {
      const error = `the result is longer than ${longestJson} characters; ask for less of it`;
      return `${JSON.stringify({ status: 413, error })}\n`;
    }
    values.push(text);
  }
  const { status, error } = execution.outcome;
  return status < 400
    ? `{"status":${status},"values":[${values.join(',')}]}\n`
    : `${JSON.stringify({ status, error })}\n`;
}

type Row = readonly { readonly text: string; readonly colour: Colour | undefined }[];

async function* table(
  values: AsyncIterable<object>,
  columns: readonly Column[],
  empty: string | undefined,
  width: number,
): AsyncGenerator<string> {
  const sums = columns.map(() => 0);
  let waiting: Row[] = [];
  let layout: Layout | undefined;
  let count = 0;
  for await (const value of values) {
    count += 1;
    const properties = columns.map(({ key }) => (value as Record<string, unknown>)[key]);
    properties.forEach((property, index) => {
      if (typeof property === 'number') sums[index] = (sums[index] ?? 0) + property;
    });
    const row = properties.map((property, index) => cell(property, columns[index] as Column));
    if (layout !== undefined) yield layout.line(row);
    else if (waiting.push(row) === rowsMeasured) {
      layout = new Layout(columns, waiting, width);
      yield layout.lines(waiting);
      waiting = [];
    }
  }
  if (count > 1 && columns.some((column) => column.sum)) {
    waiting.push(
      columns.map((column, index) => ({
        text: index === 0 ? 'total' : column.sum ? formatProperty(sums[index], column.unit) : '',
        colour: undefined,
      })),
    );
  }
  layout ??= new Layout(columns, waiting, width);
  if (waiting.length > 0) yield layout.lines(waiting);
  else if (count === 0 && empty !== undefined) yield `${empty}\n`;
}

function cell(property: unknown, column: Column): Row[number] {
  // Tables have one row a value: line ends within a property must not break it.
  const text = printable(formatProperty(property, column.unit)).replace(/[\n\t]/g, ' ');
  return { text, colour: typeof property === 'string' ? column.colours?.[property] : undefined };
}

/** Widths of a table's columns. Columns that are empty throughout are left out; the last one is cut at the edge. */
class Layout {
  readonly #columns: readonly {
    readonly index: number;
    readonly title: string;
    readonly cells: number;
    readonly right: boolean;
  }[];
  readonly #width: number;
  #headed = false;

  constructor(columns: readonly Column[], rows: readonly Row[], width: number) {
    this.#width = width;
    this.#columns = columns
      .map((column, index) => {
        const title = column.title ?? column.key;
        const texts = rows.map((row) => row[index]?.text ?? '');
        const used = texts.some((text) => text !== '-' && text !== '');
        const right = used && texts.every((text) => /^-?$|^-?[\d.]+( [A-Za-z%]+)?$/.test(text));
        return {
          index,
          title,
          used,
          right,
          cells: texts.reduce((most, text) => Math.max(most, cellWidth(text)), cellWidth(title)),
        };
      })
      .filter((column) => column.used);
  }

  /** The heading, if it was not printed yet, and rows. */
  lines(rows: readonly Row[]): string {
    return rows.map((row) => this.line(row)).join('');
  }

  line(row: Row): string {
    const heading = this.#headed
      ? ''
      : this.#row(this.#columns.map(({ title }) => ({ text: title, colour: undefined })));
    this.#headed = true;
    return heading + this.#row(this.#columns.map(({ index }) => row[index] ?? { text: '', colour: undefined }));
  }

  #row(cells: Row): string {
    let line = '';
    let used = 0;
    this.#columns.forEach(({ cells: width, right }, position) => {
      const { text, colour } = cells[position] as Row[number];
      const last = position === this.#columns.length - 1;
      const room = Math.max(0, this.#width - 1 - used);
      const cut = cutToCells(text, Math.min(room, last ? room : width));
      const padded = padToCells(cut, Math.min(room, last && !right ? 0 : width), right ? 'right' : 'left');
      line += paint(padded, colour) + (last ? '' : '  ');
      used += width + 2;
    });
    return `${line.trimEnd()}\n`;
  }
}
