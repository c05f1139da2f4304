/** How one test or scenario ended, retries included. `flaky`: it failed first and passed then. */
export interface Outcome {
  readonly name: string;
  /** File and line, for people: `features/M01-vm-boot.feature:12`. */
  readonly place: string;
  readonly status: 'passed' | 'failed' | 'flaky' | 'skipped';
  /** Why it failed, or why it was skipped. */
  readonly reason?: string;
  /** Someone knows that it is flaky: then that counts as passed. */
  readonly knownFlaky?: boolean;
}

export interface Sum {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const isFailure = ({ status, knownFlaky }: Outcome): boolean =>
  status === 'failed' || (status === 'flaky' && knownFlaky !== true);

export function sumOf(outcomes: readonly Outcome[]): Sum {
  const skipped = outcomes.filter(({ status }) => status === 'skipped').length;
  const failed = outcomes.filter(isFailure).length;
  return { passed: outcomes.length - skipped - failed, failed, skipped };
}

/** The last line of a run: `12 passed, 1 failed, 3 skipped`. */
export const sumLine = ({ passed, failed, skipped }: Sum): string =>
  `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;

/** Lines of a reason that are shown; the rest is in the report. */
const shownLines = 20;

/** A line of a stack that is not about our code. */
const foreignFrame = /^\s+at .*(?:\/node_modules\/|\bnode:)/;

/** What a person should read about an outcome, or nothing where it passed. */
export function describe({ name, place, status, reason, knownFlaky }: Outcome): string | undefined {
  if (status === 'passed') return undefined;
  if (status === 'skipped') return `- skipped: ${name} (${place}): ${reason ?? 'no reason given'}`;
  const headline =
    status === 'failed'
      ? `✗ failed: ${name} (${place})`
      : `✗ flaky: ${name} (${place}) passed on its second attempt${knownFlaky === true ? ', which is known' : ''}`;
  const lines = (reason ?? '')
    .trim()
    .split('\n')
    .filter((line) => !foreignFrame.test(line));
  const more = lines.length > shownLines ? [`… ${lines.length - shownLines} more lines, see ./panos report`] : [];
  return [headline, ...[...lines.slice(0, shownLines), ...more].map((line) => `    ${line}`)].join('\n').trimEnd();
}
