import { cellsOf } from '../values/cells.ts';

/** A line being edited: text and a cursor (UTF-16 index) that never stands inside a character or before its accents. */
export class LineBuffer {
  /** UTF-16 units that a line may have. */
  readonly limit: number;
  #text = '';
  #cursor = 0;
  #killed = '';

  constructor(limit = 4096) {
    this.limit = limit;
  }

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  get atEnd(): boolean {
    return this.#cursor === this.#text.length;
  }

  /** Replaces everything; the cursor goes to the end. What does not fit is cut off. */
  set(text: string): void {
    this.#text = fitting(text, this.limit);
    this.#cursor = this.#text.length;
  }

  /** Inserts at the cursor. False if it does not fit; then nothing changes. */
  insert(text: string): boolean {
    if (this.#text.length + text.length > this.limit) return false;
    this.#text = this.#text.slice(0, this.#cursor) + text + this.#text.slice(this.#cursor);
    this.#cursor += text.length;
    return true;
  }

  /** Replaces from `start` to the cursor. */
  replace(start: number, text: string): boolean {
    if (this.#text.length - (this.#cursor - start) + text.length > this.limit) return false;
    this.#text = this.#text.slice(0, start) + this.#text.slice(this.#cursor);
    this.#cursor = start;
    return this.insert(text);
  }

  moveTo(index: number): void {
    this.#cursor = Math.max(0, Math.min(index, this.#text.length));
  }

  /** Removes from the cursor to `index`, on either side. With `keep`, {@link yank} brings it back. */
  remove(index: number, keep = false): void {
    const [start, end] = index < this.#cursor ? [index, this.#cursor] : [this.#cursor, index];
    if (keep && end > start) this.#killed = this.#text.slice(start, end);
    this.#text = this.#text.slice(0, start) + this.#text.slice(end);
    this.#cursor = start;
  }

  yank(): boolean {
    return this.insert(this.#killed);
  }

  get left(): number {
    let index = this.#cursor;
    while (index > 0) {
      index -= lowSurrogate(this.#text, index - 1) ? 2 : 1;
      if (cellsOf(characterAt(this.#text, index)) > 0) break;
    }
    return Math.max(0, index);
  }

  get right(): number {
    let index = this.#cursor;
    do index += characterAt(this.#text, index).length || 1;
    while (index < this.#text.length && cellsOf(characterAt(this.#text, index)) === 0);
    return Math.min(index, this.#text.length);
  }

  /** Start of the word before the cursor; words are divided by blanks, and with `parts` by punctuation too. */
  wordLeft(parts: boolean): number {
    const before = this.#text.slice(0, this.#cursor);
    return (parts ? /[\p{L}\p{N}_]*[^\p{L}\p{N}_]*$/u : /\S*\s*$/).exec(before)?.index ?? 0;
  }

  get wordRight(): number {
    const match = /^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(this.#text.slice(this.#cursor));
    return this.#cursor + (match?.[0].length ?? 0);
  }
}

const characterAt = (text: string, index: number): string => {
  const code = text.codePointAt(index);
  return code === undefined ? '' : String.fromCodePoint(code);
};

const lowSurrogate = (text: string, index: number): boolean =>
  index > 0 && /[\udc00-\udfff]/.test(text[index] ?? '') && /[\ud800-\udbff]/.test(text[index - 1] ?? '');

const fitting = (text: string, limit: number): string => text.slice(0, lowSurrogate(text, limit) ? limit - 1 : limit);
