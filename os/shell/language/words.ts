/** The language of the first shell: one command a line, words and quotes. */
import { badArguments } from '../values/status.ts';

export interface Word {
  /** Without quotes and escapes. */
  readonly text: string;
  /** No part of it was quoted or escaped, so a leading hyphen makes it an option. */
  readonly bare: boolean;
  /** Where it starts in the line, in UTF-16 units. */
  readonly start: number;
  /** The quote that was never closed. */
  readonly open: '"' | "'" | undefined;
}

// These get their meaning with pipelines; a line that uses them must not silently do something else until then.
const reserved = new Set(['|', '>', '<', ';', '&']);

/**
 * Splits a line. Single quotes keep everything, double quotes know `\"` and `\\`, a backslash elsewhere keeps the next
 * character. An unclosed quote is no error here: the last word says so.
 * @throws CommandError 400 for an operator that is not quoted.
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  let index = 0;
  for (;;) {
    while (line[index] === ' ' || line[index] === '\t') index += 1;
    if (index >= line.length) return words;
    const word = readWord(line, index);
    words.push(word);
    index = word.end;
  }
}

function readWord(line: string, start: number): Word & { end: number } {
  let text = '';
  let bare = true;
  let open: Word['open'];
  let index = start;
  for (; index < line.length; index += 1) {
    const character = line[index] as string;
    if (open !== undefined) {
      if (character === open) open = undefined;
      else if (open === '"' && character === '\\' && /["\\]/.test(line[index + 1] ?? '')) text += line[++index];
      else text += character;
    } else if (character === '"' || character === "'") {
      open = character;
      bare = false;
    } else if (character === '\\') {
      text += line[++index] ?? '';
      bare = false;
    } else if (character === ' ' || character === '\t') {
      break;
    } else if (reserved.has(character)) {
      throw badArguments(`put quotes around "${character}": this shell has no pipes, redirections or lists yet`);
    } else {
      text += character;
    }
  }
  return { text, bare, start, open, end: Math.min(index, line.length) };
}

/** Writes `text` so that {@link splitWords} reads it as one word. */
export function quote(text: string): string {
  if (/^[^\s"'\\|<>;&-][^\s"'\\|<>;&]*$/.test(text)) return text;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
