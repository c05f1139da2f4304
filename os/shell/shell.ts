/**
 * What a terminal, an SSH channel or a test needs of a shell, whichever shell it is. The first one is
 * `line-shell.ts`: one command a line. The shell with pipelines takes its place behind this same interface.
 */
import type { Presentation } from './values/presentation.ts';
import type { Outcome } from './values/status.ts';

/** What belongs to one person at one terminal and outlives a line. */
export interface Session {
  /** Absolute path that relative paths start from. */
  cwd: string;
  /** The machine is going down at this session's request: no further prompt is wanted. */
  leaving: boolean;
  /** Cells in a row of the terminal; undefined when nobody looks. */
  columns?: number;
  /** Empties the terminal's screen; absent when there is none. */
  readonly clearScreen?: () => void;
}

/**
 * One line being executed. Nothing happens before it is iterated, values are produced only as fast as they are taken,
 * and iteration never throws: how it went is in {@link outcome} afterwards.
 */
export interface Execution extends AsyncIterable<object> {
  /** How people want the values shown. */
  readonly presentation: Presentation;
  /** The line asked for one line of JSON instead. */
  readonly json: boolean;
  /** Known once iteration has ended; until then status 100. */
  readonly outcome: Outcome;
}

export interface Candidate {
  /** What replaces the line from {@link Completion.start} to the cursor, quoted as the language needs. */
  readonly text: string;
  /** What is shown in a list of candidates. */
  readonly label: string;
  /** More may follow directly (a folder): no blank is added. */
  readonly open: boolean;
}

export interface Completion {
  /** Index into the line, in UTF-16 units. */
  readonly start: number;
  readonly candidates: readonly Candidate[];
}

export interface Shell {
  /** Prepares a line. `signal` cancels it (status 499) even when a command does not listen. */
  execute(line: string, session: Session, signal: AbortSignal): Execution;
  /** What could stand at the cursor (an index in UTF-16 units). Never rejects. */
  complete(line: string, cursor: number, session: Session): Promise<Completion>;
}

/** A session at the root of the file system. */
export const newSession = (fixed: Pick<Session, 'clearScreen'> = {}): Session => ({
  cwd: '/',
  leaving: false,
  ...fixed,
});
