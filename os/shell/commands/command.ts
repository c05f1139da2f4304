/** What every command is: a specification that people, the completion and the tests read, and a run. */
import { join, resolve } from 'node:path/posix';
import type { InitClient } from '../../control/client.ts';
import type { Network } from '../../sockets/client/network.ts';
import type { Arguments, Operands, Option } from '../language/arguments.ts';
import type { Session } from '../shell.ts';
import type { Presentation } from '../values/presentation.ts';

/** What commands need of the line to PID 1. Rejections may carry an HTTP-style `status`. */
export type Control = Pick<InitClient, 'request'>;

/** Everything that a command may touch. */
export interface Context {
  readonly session: Session;
  readonly control: Control;
  /** Aborted by Ctrl-C and when the terminal goes away. */
  readonly signal: AbortSignal;
  /** The network's client, loaded when somebody asks: the console starts without it. */
  readonly network: () => Promise<Network>;
  readonly commands: CommandTable;
  /** A folder that stands for `/`; the empty string in the real system. */
  readonly root: string;
}

/** An example is documentation and a test: it is run on a prepared machine. */
export interface Example {
  readonly line: string;
  readonly explains: string;
  /** What the values must match, property by property; any values with status 200 where absent. */
  readonly gives?: readonly object[];
  /** The status expected, 200 where absent. */
  readonly status?: number;
}

export interface Command {
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  readonly usage: string;
  readonly operands: Operands;
  readonly options: readonly Option[];
  readonly examples: readonly Example[];
  /** How people see the values. */
  readonly presentation: Presentation | ((args: Arguments) => Presentation);
  /** Ctrl-C is the usual end of it: it watches the signal, finishes at once, and that counts as success. */
  readonly endsOnCancel?: true;
  /** Yields values; throws `CommandError` or an error of the file system. */
  run(args: Arguments, context: Context): AsyncIterable<object> | Iterable<object>;
}

export type CommandTable = ReadonlyMap<string, Command>;

export const noOperands: Operands = { least: 0, most: 0, are: 'text' };

/** The absolute path that a person means by `word`. */
export const absolute = (word: string, context: { readonly session: Session }): string =>
  resolve(context.session.cwd, word);

/** Where an absolute path of the system is found. */
export const located = (path: string, context: { readonly root: string }): string =>
  context.root === '' ? path : join(context.root, path);

/** Makes an error of the file system name `path` as the person wrote it, not where it was looked for. */
export const naming = async <T>(path: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw error instanceof Error && 'code' in error ? Object.assign(error, { path }) : error;
  }
};
