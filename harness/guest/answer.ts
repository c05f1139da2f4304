import { LabError } from '../machine/contract.ts';

/** What a console command answered with `--json`. */
export interface Answer {
  /** HTTP-style: 200, 400, 404, … */
  readonly status: number;
  /** Empty when the command failed. */
  readonly values: readonly Record<string, unknown>[];
  readonly error: string | undefined;
}

/** A record of PID 1 or of the kernel, which may come in the middle of a line that the console is writing. */
const logRecord = /\[ *\d+\.\d{6}\] [^\n]*\n/g;

/**
 * Finds the answer in what the console said: the last line that is one. Log records may stand between, before, behind and
 * inside it.
 * @returns undefined when no line is an answer (yet)
 */
export function findAnswer(text: string): Answer | undefined {
  return findWhole(text) ?? findWhole(text.replaceAll(logRecord, ''));
}

function findWhole(text: string): Answer | undefined {
  for (const line of text.split('\n').toReversed()) {
    const answer = parseAnswer(line.trim());
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** @throws LabError when `values` is not a list of objects. */
function parseAnswer(line: string): Answer | undefined {
  const start = line.indexOf('{"status":');
  if (start < 0) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line.slice(start));
  } catch {
    return undefined;
  }
  const { status, values = [], error } = parsed as Record<string, unknown>;
  if (typeof status !== 'number') return undefined;
  if (!Array.isArray(values) || !values.every(isRecord)) {
    throw new LabError(`the console answered with values that are no objects: ${line.slice(start, start + 200)}`);
  }
  return { status, values, error: typeof error === 'string' ? error : undefined };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
