/** The first shell: one command a line, no pipelines. */
import { abortable } from './abortable.ts';
import type { CommandTable, Context, Control } from './commands/command.ts';
import { unknownCommand } from './commands/help.ts';
import { complete } from './complete.ts';
import { parseArguments } from './language/arguments.ts';
import { splitWords } from './language/words.ts';
import type { Execution, Session, Shell } from './shell.ts';
import { asJsonLines, type Presentation } from './values/presentation.ts';
import { badArguments, cancelled, type Outcome, outcomeOf } from './values/status.ts';

/** What a shell runs on. */
export interface Machine {
  readonly control: Control;
  readonly commands: CommandTable;
  readonly network: Context['network'];
  /** A folder that stands for `/`, for tests; the real root where absent. */
  readonly root?: string;
}

/** A shell over `machine`. It keeps nothing between lines: what lasts is in the session. */
export function createLineShell(machine: Machine): Shell {
  const root = machine.root ?? '';
  return {
    execute(line, session, signal) {
      return new LineExecution(line, { ...machine, root, session, signal });
    },
    complete: (line, cursor, session: Session) => complete(line.slice(0, cursor), { ...machine, root, session }),
  };
}

class LineExecution implements Execution {
  readonly presentation: Presentation;
  readonly json: boolean;
  readonly #run: () => AsyncIterable<object> | Iterable<object>;
  readonly #signal: AbortSignal;
  #endsOnCancel = false;
  #outcome: Outcome = { status: 100 };

  constructor(line: string, context: Context) {
    this.#signal = context.signal;
    // Also a line that makes no sense otherwise gets its answer in the form that its reader asked for.
    this.json = /(^|\s)--json(\s|$)/.test(line.replace(/\s--\s.*$/s, ''));
    let presentation = asJsonLines;
    try {
      const [first, ...rest] = closedWords(line);
      if (first === undefined) {
        this.#run = () => [];
      } else {
        const command = context.commands.get(first.text);
        if (command === undefined) throw unknownCommand(first.text, context.commands.keys());
        const args = parseArguments(rest, command);
        this.json = args.has('json');
        presentation = typeof command.presentation === 'function' ? command.presentation(args) : command.presentation;
        this.#endsOnCancel = command.endsOnCancel === true;
        this.#run = () => command.run(args, context);
      }
    } catch (error) {
      this.#run = () => {
        throw error;
      };
    }
    this.presentation = presentation;
  }

  get outcome(): Outcome {
    return this.#outcome;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<object> {
    // Holds if the reader stops taking values before the end.
    this.#outcome = outcomeOf(cancelled());
    try {
      yield* this.#endsOnCancel ? this.#run() : abortable(this.#run(), this.#signal);
      this.#outcome = { status: 200 };
    } catch (error) {
      this.#outcome = outcomeOf(this.#signal.aborted && !this.#endsOnCancel ? cancelled() : error);
    }
  }
}

function closedWords(line: string): ReturnType<typeof splitWords> {
  const words = splitWords(line);
  const open = words.at(-1)?.open;
  if (open !== undefined) throw badArguments(`a quote is not closed: add ${open} where the word ends`);
  return words;
}
