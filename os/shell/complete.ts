/** What Tab offers. */
import { readdir, stat } from 'node:fs/promises';
import { type Command, type Context, located } from './commands/command.ts';
import { jsonOption } from './language/arguments.ts';
import { quote, splitWords, type Word } from './language/words.ts';
import type { Candidate, Completion } from './shell.ts';

type Surroundings = Omit<Context, 'signal'>;

const none: Completion = { start: 0, candidates: [] };
const mostCandidates = 200;

/** Completes the last word of `line`. Never rejects: where nothing can be known, nothing is offered. */
export async function complete(line: string, around: Surroundings): Promise<Completion> {
  try {
    const words = splitWords(line);
    const last = words.at(-1);
    const between = last === undefined || (last.open === undefined && /[ \t]$/.test(line) && !line.endsWith('\\ '));
    const word: Word = between ? { text: '', bare: true, start: line.length, open: undefined } : (last as Word);
    const before = between ? words : words.slice(0, -1);
    const candidates = await candidatesFor(word, before, around);
    return { start: word.start, candidates: candidates.slice(0, mostCandidates) };
  } catch {
    return none;
  }
}

async function candidatesFor(word: Word, before: readonly Word[], around: Surroundings): Promise<Candidate[]> {
  const [first] = before;
  if (first === undefined) return matching(around.commands.keys(), word.text);
  const command = around.commands.get(first.text);
  if (command === undefined) return [];
  if (word.bare && word.text.startsWith('-')) {
    return matching(
      [...command.options, jsonOption].map((option) => `--${option.name}`),
      word.text,
    );
  }
  const previous = before.at(-1);
  const option = command.options.find((each) => each.value !== undefined && `--${each.name}` === previous?.text);
  if (option !== undefined) return matching(option.oneOf ?? [], word.text);
  return operands(command, before.length - 1, word, around);
}

async function operands(command: Command, position: number, word: Word, around: Surroundings): Promise<Candidate[]> {
  if (position >= command.operands.most) return [];
  switch (command.operands.are) {
    case 'commands':
      return matching(around.commands.keys(), word.text);
    case 'services': {
      if (position === 0) return matching(['restart', 'start', 'stop'], word.text);
      const services = await around.control.request({ kind: 'services' });
      return matching(
        services.map((service) => service.name),
        word.text,
      );
    }
    case 'paths':
      return paths(word.text, around);
    case 'text':
      return [];
  }
}

function matching(names: Iterable<string>, start: string): Candidate[] {
  return [...names]
    .filter((name) => name.startsWith(start))
    .sort()
    .map((name) => ({ text: name, label: name, open: false }));
}

async function paths(start: string, around: Surroundings): Promise<Candidate[]> {
  const cut = start.lastIndexOf('/') + 1;
  const [folder, name] = [start.slice(0, cut), start.slice(cut)];
  const shown = folder.startsWith('/') ? folder : `${around.session.cwd}/${folder}`;
  const real = located(shown, around);
  const entries = (await readdir(real, { withFileTypes: true }))
    .filter((entry) => entry.name.startsWith(name) && (name !== '' || !entry.name.startsWith('.')))
    // A name with control characters cannot be typed; it is left to be reached otherwise.
    .filter((entry) => !/[\x00-\x1f\x7f]/.test(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, mostCandidates);
  return Promise.all(
    entries.map(async (entry) => {
      const open =
        entry.isDirectory() ||
        (entry.isSymbolicLink() &&
          ((await stat(`${real}/${entry.name}`).catch(() => undefined))?.isDirectory() ?? false));
      const path = folder + entry.name + (open ? '/' : '');
      const quoted = quote(path);
      // Within an open folder the quote stays open too, so that typing can go on.
      return {
        text: open && quoted !== path ? quoted.slice(0, -1) : quoted,
        label: entry.name + (open ? '/' : ''),
        open,
      };
    }),
  );
}
