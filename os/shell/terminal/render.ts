/** Values → text, for people or (`--json`) for programs. */
import type { Execution } from '../shell.ts';
import { printable } from '../values/cells.ts';
import type { Outcome } from '../values/status.ts';
import { paint } from './colour.ts';
import { table } from './table.ts';

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
    const rows = yield* table(execution, presentation.columns, columns);
    // Nothing is an answer only if the question was understood.
    if (rows === 0 && execution.outcome.status < 400 && presentation.empty) yield `${presentation.empty}\n`;
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
