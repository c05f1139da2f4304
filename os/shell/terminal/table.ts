/** Values → a table whose columns stand in line. */
import { cellWidth, cutToCells, padToCells, printable } from '../values/cells.ts';
import type { Colour, Column } from '../values/presentation.ts';
import { formatProperty } from '../values/units.ts';
import { paint } from './colour.ts';

// Rows that a table's widths are made from; later rows are cut to these widths, so that memory stays bounded.
const rowsMeasured = 200;
// When rows do not fit, words in the midst of a row get no more than this.
const narrowColumn = 20;

type Row = readonly { readonly text: string; readonly colour: Colour | undefined }[];

/**
 * Yields the heading and rows as text, a sum at the end where columns ask for one, and returns how many values there
 * were.
 */
export async function* table(
  values: AsyncIterable<object>,
  columns: readonly Column[],
  width: number,
): AsyncGenerator<string, number> {
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
  return count;
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
    const used = columns
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
    const wanted = used.reduce((sum, column) => sum + column.cells + 2, -2);
    this.#columns = used.map((column, position) =>
      wanted < width || column.right || position === used.length - 1
        ? column
        : { ...column, cells: Math.min(column.cells, Math.max(narrowColumn, cellWidth(column.title))) },
    );
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
