import type { Deadline } from '../../host/lib/deadline.ts';
import { DeadlineError } from '../../host/lib/deadline.ts';
import { ExpectationError, LabError, type Machine, type StopReason } from '../machine/contract.ts';
import { type Answer, findAnswer } from './answer.ts';
import { echoes } from './echo.ts';
import { stripEscapes } from './strip-escapes.ts';

export type { Answer } from './answer.ts';

/** What the console shows when it waits for a line. */
const prompt = 'panos> ';
/** Seconds in which a console that waits for a line must echo one. */
const echoSeconds = 10;
/** First words of a machine that was powered on; a restored one never says them. */
const bootWords = 'panos init: PanoramicData.Os';

/**
 * A person at the serial line: reads, and types at the prompt. Escape sequences are removed from everything that is
 * returned or searched.
 */
export class SerialConsole {
  readonly #machine: Pick<Machine, 'name' | 'serial' | 'stopped'>;
  /** Where in the history the last line was entered: a prompt behind it means that the console is free. */
  #entered = 0;

  constructor(machine: Pick<Machine, 'name' | 'serial' | 'stopped'>) {
    this.#machine = machine;
  }

  /** Where the history ends now; hand it to {@link waitForText} to search only what comes later. */
  get position(): number {
    return this.#machine.serial.history.length;
  }

  /** Everything said since `since`, as a person reads it. */
  textSince(since = 0): string {
    return stripEscapes(this.#machine.serial.history.slice(since));
  }

  /**
   * Waits until the guest has said something, also if it said it long ago (see `since`).
   * @returns the match; for a string, an array of that string
   * @throws DeadlineError, or ExpectationError when the machine ends first
   */
  async waitForText(
    pattern: string | RegExp,
    deadline: Deadline,
    options: { readonly since?: number } = {},
  ): Promise<RegExpExecArray> {
    const expression = typeof pattern === 'string' ? new RegExp(RegExp.escape(pattern)) : withoutMemory(pattern);
    const what = `${typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern)} on the serial line`;
    return await this.#waitFor((text) => expression.exec(text) ?? undefined, what, deadline, options.since ?? 0);
  }

  /**
   * Waits until the console waits for a line. A machine that was restored stands at a prompt that it showed before it was
   * saved; there an empty line brings a new one.
   */
  async waitForPrompt(deadline: Deadline): Promise<void> {
    if (!this.textSince().includes(prompt) && !this.textSince().includes(bootWords)) this.#machine.serial.write('\r');
    // A prompt from before the last start of the system is none.
    const seen = (text: string) => (text.includes(prompt, text.lastIndexOf(bootWords) + 1) ? true : undefined);
    await this.#waitFor(seen, `the prompt of machine ${this.#machine.name}`, deadline, this.#entered);
  }

  /**
   * Runs one command with `--json` and returns what it answered, whatever its status.
   * @throws DeadlineError, LabError when the console does not answer as it must
   */
  async run(command: string, deadline: Deadline): Promise<Answer> {
    await this.enter(`${command} --json`, deadline);
    const what = `the answer to "${command}"`;
    const found = await this.#waitFor((text) => answerOrEnd(text), what, deadline, this.#entered);
    if (found !== 'no answer') return found;
    throw new LabError(`the console did not answer "${command}" with JSON but with: ${this.textSince(this.#entered)}`);
  }

  /** Runs one command and returns what a person sees of it, up to the next prompt. */
  async runText(command: string, deadline: Deadline): Promise<string> {
    await this.enter(command, deadline);
    const upToPrompt = (text: string) => {
      const end = text.lastIndexOf(prompt);
      return end < 0 ? undefined : text.slice(0, end).replace(/^\n/, '').trimEnd();
    };
    return await this.#waitFor(upToPrompt, `the end of "${command}"`, deadline, this.#entered);
  }

  /**
   * Types a line at the prompt, and Enter once it is echoed; does not wait for what comes of it.
   * @throws LabError when the console does not echo.
   */
  async enter(line: string, deadline: Deadline): Promise<void> {
    if (/[\r\n\u001b]/.test(line)) throw new LabError(`this is not one line: ${JSON.stringify(line)}`);
    await this.waitForPrompt(deadline);
    const start = this.position;
    this.#machine.serial.write(line);
    const echoed = (text: string) => (echoes(line, text) ? true : undefined);
    try {
      await this.#waitFor(echoed, `the echo of "${line}"`, deadline.within(echoSeconds), start);
    } catch (error) {
      if (!(error instanceof DeadlineError) || deadline.expired) throw error;
      throw new LabError(`the console did not echo "${line}" but ${JSON.stringify(this.textSince(start))}`);
    }
    this.#entered = this.position;
    this.#machine.serial.write('\r');
  }

  /** Asks `find` about the text since `since`, now and whenever more comes. */
  async #waitFor<T>(
    find: (text: string) => T | undefined,
    what: string,
    deadline: Deadline,
    since: number,
  ): Promise<T> {
    const found = Promise.withResolvers<T>();
    const look = () => {
      try {
        const result = find(this.textSince(since));
        if (result !== undefined) found.resolve(result);
      } catch (error) {
        found.reject(error);
      }
    };
    using _listening = this.#machine.serial.onData(look);
    look();
    const searched = new AbortController();
    this.#machine.stopped(deadline.until(searched.signal)).then(
      (reason) => {
        look();
        if (isEnd(reason)) {
          found.reject(new ExpectationError(`machine ${this.#machine.name} ended (${reason}) before ${what}`));
        }
      },
      // Its deadline is ours; the race below reports it.
      () => {},
    );
    try {
      return await deadline.race(found.promise, what);
    } finally {
      searched.abort();
    }
  }
}

/** A panicked kernel still talks, and reboots. */
const isEnd = (reason: StopReason): boolean => reason !== 'guest-panic';

/** `g` and `y` make an expression remember where it stopped; a search must start afresh each time. */
const withoutMemory = (pattern: RegExp): RegExp => new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));

function answerOrEnd(text: string): Answer | 'no answer' | undefined {
  // A line without its end may go on.
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return findAnswer(complete) ?? (text.includes(prompt) ? 'no answer' : undefined);
}
