import type { Figure, Unit } from './figure.ts';
import { meetsTarget, targets } from './targets.ts';

const barCells = 10;

/** The figures as people read them: a row each, a bar against its target, and what it comes to beside the yardstick. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((one) => [mark(one), one.name, median(one), range(one), target(one), yardstick(one)]);
  const head = ['', 'figure', 'median', 'range (runs)', 'target', 'yardstick'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const methods = figures.flatMap(({ name, method }) => (method === undefined ? [] : [`${name}: ${method}`]));
  return [line(head), ...rows.map(line), '', ...methods, conclusion(figures)].join('\n');
}

/** One sentence about the targets. */
export function conclusion(figures: readonly Figure[]): string {
  const judged = figures.filter((one) => meetsTarget(one) !== undefined);
  const missed = judged.filter((one) => meetsTarget(one) === false).map(({ name }) => name);
  if (judged.length === 0) return 'None of these figures has a target.';
  if (missed.length === 0) return judged.length === 1 ? 'The target is met.' : `All ${judged.length} targets are met.`;
  return `${missed.length} of ${judged.length} targets ${missed.length === 1 ? 'is' : 'are'} missed: ${missed.join(', ')}.`;
}

const mark = (one: Figure): string => {
  const met = meetsTarget(one);
  return met === undefined ? ' ' : met ? '✓' : '✗';
};

/** Three digits that matter are more than any of these figures is worth. */
const digits = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
const quantity = (value: number, unit: Unit): string => `${digits(value)} ${unit}`;

const median = ({ value, unit }: Figure): string => quantity(value, unit);
const range = ({ min, max, runs }: Figure): string =>
  runs === 1 ? '(1)' : `${digits(min)} … ${digits(max)} (${runs})`;

/** A bar that is full at the limit: full is bad where less is better, and good where more is. */
function target(one: Figure): string {
  const wanted = targets[one.name];
  const value = wanted === undefined ? undefined : one[wanted.of];
  if (wanted === undefined || value === undefined) return '';
  const full = Math.max(0, Math.min(barCells, Math.round((value / wanted.limit) * barCells)));
  const limit = wanted.of === 'ratio' ? `×${wanted.limit}` : `${wanted.limit} ${one.unit}`;
  return `${'█'.repeat(full)}${'░'.repeat(barCells - full)} ${wanted.sense === 'below' ? '<' : '≥'} ${limit}`;
}

const yardstick = ({ yardstick: known, ratio, unit }: Figure): string =>
  known === undefined ? '' : `${quantity(known.value, unit)} ${known.name}, ×${(ratio ?? 0).toFixed(2)}`;
