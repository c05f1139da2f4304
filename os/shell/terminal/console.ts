/** A person at a terminal: prompt, line, result, and again. */
import { newSession, type Session, type Shell } from '../shell.ts';
import { History } from './history.ts';
import { type Key, KeyParser } from './keys.ts';
import { type EditorEvent, LineEditor } from './line-editor.ts';
import { render } from './render.ts';
import type { Terminal } from './terminal.ts';

const prompt = 'panos> ';

export interface ConsoleOptions {
  readonly shell: Shell;
  /** What stands above the first prompt of a session. */
  banner(): Promise<string>;
  /** What Ctrl-D does: a machine's own console starts a new session, a terminal on somebody's desk is left. */
  readonly endOfInput: 'restart' | 'leave';
}

// Keys typed or pasted ahead while a command runs.
const mostKeysAhead = 4096;
// A machine that was told to go down and is still there after this gets its prompt back, milliseconds.
const longestLeaving = 30_000;

/**
 * Serves one terminal until it closes, the person leaves, or `signal` is aborted. Resolves with the reason why the
 * terminal closed, if it did. Does not close the terminal. Never rejects for anything that was typed.
 */
export async function serveConsole(
  terminal: Terminal,
  options: ConsoleOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const keyboard = new Keyboard(terminal);
  const closed = terminal.closed.then((reason) => {
    keyboard.close();
    return reason;
  });
  const stop = () => keyboard.close();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    while (!keyboard.closed) {
      terminal.write(await options.banner());
      await runSession(terminal, keyboard, options.shell);
      if (options.endOfInput === 'leave') break;
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return await Promise.race([closed, Promise.resolve(undefined)]);
}

/** One session: until Ctrl-D or the end of the terminal. */
async function runSession(terminal: Terminal, keyboard: Keyboard, shell: Shell): Promise<void> {
  const session: Session = newSession({ clearScreen: () => terminal.write('\x1b[H\x1b[2J') });
  const editor = new LineEditor(prompt, new History());
  while (!keyboard.closed) {
    session.columns = terminal.size().columns;
    terminal.write(editor.start(session.columns));
    const event = await readLine(editor, terminal, keyboard, shell, session);
    if (event === undefined || event.type === 'end') return;
    if (event.type !== 'line' || event.line.trim() === '') continue;
    await runLine(event.line, terminal, keyboard, shell, session);
    if (session.leaving) await keyboard.interruptible((signal) => pause(longestLeaving, signal));
    session.leaving = false;
  }
}

/** Edits until the line is entered or given up; undefined when the terminal closed. */
async function readLine(
  editor: LineEditor,
  terminal: Terminal,
  keyboard: Keyboard,
  shell: Shell,
  session: Session,
): Promise<Exclude<EditorEvent, { type: 'complete' }> | undefined> {
  for (;;) {
    const key = await keyboard.next();
    if (key === undefined) return undefined;
    const { output, event } = editor.handle(key);
    terminal.write(output);
    if (event?.type === 'complete') {
      const completion = await keyboard.interruptible(() => shell.complete(event.line, event.cursor, session));
      if (completion !== undefined) terminal.write(editor.complete(completion.start, completion.candidates));
    } else if (event !== undefined) {
      return event;
    }
  }
}

async function runLine(
  line: string,
  terminal: Terminal,
  keyboard: Keyboard,
  shell: Shell,
  session: Session,
): Promise<void> {
  await keyboard.interruptible(async (signal) => {
    for await (const text of render(shell.execute(line, session, signal), session.columns ?? 80)) {
      terminal.write(text);
      await terminal.ready();
    }
  });
}

/** Resolves after that time, or when `signal` is aborted. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });

/** Keys in order, and Ctrl-C at once while something runs. */
class Keyboard {
  readonly #keys: Key[] = [];
  readonly #terminal: Terminal;
  #wanted: ((key: Key | undefined) => void) | undefined;
  #running: AbortController | undefined;
  #closed = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const parser = new KeyParser();
    terminal.onData((chunk) => {
      for (const key of parser.feed(chunk)) this.#take(key);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The next key; undefined when there will be none. */
  next(): Promise<Key | undefined> {
    const key = this.#keys.shift();
    if (key !== undefined || this.#closed) return Promise.resolve(key);
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  /** Does `work` with a signal that Ctrl-C aborts; Ctrl-C also forgets what was typed ahead. */
  async interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    if (this.#closed) return undefined;
    const running = new AbortController();
    this.#running = running;
    try {
      return await work(running.signal);
    } finally {
      this.#running = undefined;
    }
  }

  close(): void {
    this.#closed = true;
    this.#keys.length = 0;
    this.#running?.abort();
    this.#wanted?.(undefined);
    this.#wanted = undefined;
  }

  #take(key: Key): void {
    if (this.#closed) return;
    if (this.#running !== undefined && 'name' in key && key.name === 'interrupt') {
      this.#keys.length = 0;
      this.#running.abort();
    } else if (this.#wanted !== undefined) {
      const wanted = this.#wanted;
      this.#wanted = undefined;
      wanted(key);
    } else if (this.#keys.length < mostKeysAhead) {
      this.#keys.push(key);
    } else {
      this.#terminal.write('\x07');
    }
  }
}
