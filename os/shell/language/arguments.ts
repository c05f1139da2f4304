import { badArguments } from '../values/status.ts';
import { nearest } from './nearest.ts';
import type { Word } from './words.ts';

/** An option that a command understands, written `--name` or, with a value, `--name VALUE` or `--name=VALUE`. */
export interface Option {
  readonly name: string;
  readonly summary: string;
  /** One letter or digit, for those who know it so: `-c 3` for `--count 3`. */
  readonly short?: string;
  /** What stands for the value in usage lines; absent for a switch. */
  readonly value?: string;
  /** The only values allowed. */
  readonly oneOf?: readonly string[];
}

/** What the words after a command's name may be, for checking and for completion. */
export interface Operands {
  readonly least: number;
  readonly most: number;
  readonly are: 'paths' | 'commands' | 'services' | 'text';
}

/** Every command takes it. */
export const jsonOption: Option = { name: 'json', summary: 'print one line of JSON for programs' };

/** The parsed words after a command's name. */
export class Arguments {
  /** Words that are not options. */
  readonly operands: readonly string[];
  readonly #options: ReadonlyMap<string, string>;

  constructor(operands: readonly string[], options: ReadonlyMap<string, string>) {
    this.operands = operands;
    this.#options = options;
  }

  has(option: string): boolean {
    return this.#options.has(option);
  }

  value(option: string): string | undefined {
    return this.#options.get(option);
  }

  /**
   * An option's value as a whole number of at least 1.
   * @throws CommandError 400 for anything else.
   */
  count(option: string): number | undefined {
    const text = this.#options.get(option);
    if (text === undefined) return undefined;
    if (!/^[1-9]\d{0,8}$/.test(text)) throw badArguments(`--${option} takes a whole number from 1, not "${text}"`);
    return Number(text);
  }
}

/**
 * Sorts a command's words into options and operands. `--` ends the options; quoted words are never options.
 * @throws CommandError 400 that says what the command takes.
 */
export function parseArguments(
  words: readonly Word[],
  command: { readonly name: string; readonly options: readonly Option[]; readonly operands: Operands },
): Arguments {
  const known = [...command.options, jsonOption];
  const operands: string[] = [];
  const options = new Map<string, string>();
  let ended = false;
  for (let index = 0; index < words.length; index += 1) {
    const { text, bare } = words[index] as Word;
    const short = !ended && bare ? shortOption(text, known) : undefined;
    if (ended || !bare || (short === undefined && !/^-[^\d]/.test(text))) {
      operands.push(text);
    } else if (text === '--') {
      ended = true;
    } else {
      const [, written = '', value] = /^-{1,2}([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
      const long = text.startsWith('--') ? known.find((candidate) => candidate.name === written) : undefined;
      const option = short ?? long;
      if (option === undefined) throw unknownOption(text, written, command.name, known);
      const { name } = option;
      const attached = short === undefined ? value : text.slice(2) || undefined;
      if (option.value === undefined) {
        if (attached !== undefined) throw badArguments(`--${name} is a switch and takes no value`);
        options.set(name, '');
      } else {
        const given = attached ?? words[++index]?.text;
        if (given === undefined) throw badArguments(`--${name} needs a value: --${name} ${option.value}`);
        if (option.oneOf?.includes(given) === false) {
          throw badArguments(`--${name} is one of ${option.oneOf.join(', ')}, not "${given}"`);
        }
        options.set(name, given);
      }
    }
  }
  checkOperands(operands, command);
  return new Arguments(operands, options);
}

/** The option that `-c` or `-c3` means; what is attached to a switch is no value. */
function shortOption(text: string, known: readonly Option[]): Option | undefined {
  if (!/^-[a-z0-9]/i.test(text)) return undefined;
  const option = known.find(({ short }) => short !== undefined && short === text[1]);
  return text.length === 2 || option?.value !== undefined ? option : undefined;
}

function unknownOption(text: string, name: string, command: string, known: readonly Option[]): Error {
  const names = known.map((option) => option.name);
  const meant = nearest(name, names);
  const advice = meant === undefined ? `it takes ${names.map((each) => `--${each}`).join(', ')}` : `try --${meant}`;
  return badArguments(`${command} has no option ${text}; ${advice}`);
}

function checkOperands(operands: readonly string[], command: { readonly name: string; readonly operands: Operands }) {
  const { least, most } = command.operands;
  if (operands.length < least) throw badArguments(`${command.name} needs more words; type "help ${command.name}"`);
  if (operands.length > most) {
    throw badArguments(
      `${command.name} does not know what to do with "${operands[most]}"; type "help ${command.name}"`,
    );
  }
}
