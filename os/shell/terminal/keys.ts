/**
 * Bytes from a terminal → keys. Takes any bytes in any chunks; what it does not know it leaves out. Understands
 * VT220, xterm, rxvt and Linux console sequences.
 */
import { StringDecoder } from 'node:string_decoder';

export type KeyName =
  | 'enter'
  | 'tab'
  | 'backspace'
  | 'delete'
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'home'
  | 'end'
  | 'word-left'
  | 'word-right'
  | 'kill-to-end'
  | 'kill-to-start'
  | 'kill-word'
  | 'kill-next-word'
  | 'yank'
  | 'redraw'
  | 'interrupt'
  | 'end-of-input';

export type Key = { readonly text: string } | { readonly name: KeyName };

const controls: Readonly<Record<string, KeyName>> = {
  '\x01': 'home',
  '\x02': 'left',
  '\x03': 'interrupt',
  '\x04': 'end-of-input',
  '\x05': 'end',
  '\x06': 'right',
  '\x08': 'backspace',
  '\x09': 'tab',
  '\x0a': 'enter',
  '\x0b': 'kill-to-end',
  '\x0c': 'redraw',
  '\x0d': 'enter',
  '\x0e': 'down',
  '\x10': 'up',
  '\x15': 'kill-to-start',
  '\x17': 'kill-word',
  '\x19': 'yank',
  '\x7f': 'backspace',
};

/** After ESC: what Alt with a key means. */
const alternates: Readonly<Record<string, KeyName>> = {
  b: 'word-left',
  f: 'word-right',
  d: 'kill-next-word',
  '\x7f': 'kill-word',
  '\x08': 'kill-word',
};

/** Final character (or number and `~`) of a control sequence, without modifiers. */
const sequences: Readonly<Record<string, KeyName>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '3~': 'delete',
  '4~': 'end',
  '7~': 'home',
  '8~': 'end',
};

/** The same with Ctrl or Alt held down. */
const modified: Readonly<Record<string, KeyName>> = { C: 'word-right', D: 'word-left', '3~': 'kill-next-word' };

type State = 'ground' | 'escape' | 'sequence' | 'single-shift' | 'function-key' | 'string' | 'string-escape';

// A sequence longer than this is noise; its end is still looked for.
const longestParameters = 32;
// A string (title, answer of the terminal) longer than this was never one.
const longestString = 256;

export class KeyParser {
  readonly #decoder = new StringDecoder('utf8');
  #state: State = 'ground';
  #parameters = '';
  #stringLength = 0;
  #afterReturn = false;

  /** The keys that are complete with these bytes; runs of text come as one key. */
  feed(chunk: Uint8Array): Key[] {
    const keys: Key[] = [];
    let text = '';
    const emit = (name: KeyName | undefined) => {
      if (text !== '') keys.push({ text });
      text = '';
      if (name !== undefined) keys.push({ name });
    };
    for (const character of this.#decoder.write(chunk as Buffer)) {
      if (this.#state !== 'ground') {
        const result = this.#escaped(character);
        if (result === 'again') {
          // Not part of a sequence after all: read it as if it stood alone.
        } else {
          emit(result);
          continue;
        }
      }
      const lineFeedOfPair = character === '\n' && this.#afterReturn;
      this.#afterReturn = character === '\r';
      if (lineFeedOfPair) continue;
      if (character === '\x1b') this.#state = 'escape';
      else if (character >= ' ' && character !== '\x7f') text += /[\x80-\x9f\ufffd]/.test(character) ? '' : character;
      else if (controls[character] !== undefined) emit(controls[character]);
    }
    emit(undefined);
    return keys;
  }

  #escaped(character: string): KeyName | undefined | 'again' {
    // Ctrl-C gets through whatever rubbish stands before it, and ESC always starts anew.
    if (character === '\x03' || (character === '\x1b' && this.#state !== 'string')) return this.#ground('again');
    switch (this.#state) {
      case 'escape':
        return this.#afterEscape(character);
      case 'sequence':
        return this.#inSequence(character);
      case 'single-shift':
        return this.#ground(sequences[character]);
      case 'string':
        if (character === '\x1b') this.#state = 'string-escape';
        else if (character === '\x07' || ++this.#stringLength > longestString) this.#ground();
        return undefined;
      default:
        return this.#ground();
    }
  }

  #afterEscape(character: string): KeyName | undefined | 'again' {
    this.#parameters = '';
    this.#stringLength = 0;
    if (character === '[') this.#state = 'sequence';
    else if (character === 'O') this.#state = 'single-shift';
    else if (/[\]PX^_]/.test(character)) this.#state = 'string';
    // Escape was pressed alone some time ago: what follows is typed text and must not get lost.
    else return this.#ground(alternates[character] ?? 'again');
    return undefined;
  }

  #inSequence(character: string): KeyName | undefined | 'again' {
    // The Linux console sends ESC [ [ A for F1.
    if (character === '[' && this.#parameters === '') this.#state = 'function-key';
    else if (/[\x20-\x3f]/.test(character)) {
      if (this.#parameters.length < longestParameters) this.#parameters += character;
    } else if (/[\x40-\x7e]/.test(character)) {
      if (this.#parameters.length === longestParameters) return this.#ground();
      const [number = '', modifier = ''] = this.#parameters.split(';');
      const key = character === '~' ? `${number}~` : character;
      return this.#ground(/^[3-8]$/.test(modifier) ? (modified[key] ?? sequences[key]) : sequences[key]);
    } else return this.#ground('again');
    return undefined;
  }

  #ground<T>(result?: T): T | undefined {
    this.#state = 'ground';
    return result;
  }
}
