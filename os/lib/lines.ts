import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a byte stream into lines. A line longer than `maxLength` characters is handed on cut short, once, with `…` at
 * its end; the rest of it is dropped, so that a stream without line ends costs no memory.
 */
export class LineSplitter {
  readonly #maxLength: number;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #partial = '';
  #dropping = false;

  constructor(maxLength: number, onLine: (line: string) => void) {
    this.#maxLength = maxLength;
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    this.#take(this.#decoder.write(chunk));
  }

  /** The stream ended: what stands without a line end is a line too. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#partial !== '') this.#onLine(this.#partial);
    this.#partial = '';
    this.#dropping = false;
  }

  #take(text: string): void {
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      if (end === -1) break;
      this.#append(text.slice(start, end));
      if (!this.#dropping) this.#onLine(this.#partial.endsWith('\r') ? this.#partial.slice(0, -1) : this.#partial);
      this.#partial = '';
      this.#dropping = false;
      start = end + 1;
    }
    this.#append(text.slice(start));
  }

  #append(text: string): void {
    if (this.#dropping) return;
    this.#partial += text;
    if (this.#partial.length <= this.#maxLength) return;
    this.#onLine(`${this.#partial.slice(0, this.#maxLength)}…`);
    this.#partial = '';
    this.#dropping = true;
  }
}
