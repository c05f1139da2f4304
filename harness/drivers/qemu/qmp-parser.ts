import { StringDecoder } from 'node:string_decoder';

/** What came over a QMP monitor: a JSON object, or a line that is none and is kept only for the log. */
export type QmpLine =
  | { readonly kind: 'message'; readonly message: Readonly<Record<string, unknown>>; readonly text: string }
  | { readonly kind: 'garbage'; readonly text: string };

/**
 * Cuts a QMP byte stream into lines and parses them (QEMU, docs/interop/qmp-spec.rst, section "General definitions": one JSON
 * object, ended by CRLF). Never throws: what is not a JSON object is handed on as garbage. A line longer than `limit`
 * characters is dropped, so that a broken peer cannot fill the memory.
 */
export class QmpParser {
  readonly #decoder = new StringDecoder('utf8');
  readonly #limit: number;
  #pending = '';
  #overlong = false;

  constructor(limit = 64 * 1024 * 1024) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): QmpLine[] {
    const pieces = this.#decoder.write(Buffer.from(chunk)).split('\n');
    const lines: QmpLine[] = [];
    for (const [index, piece] of pieces.entries()) {
      this.#pending += piece;
      if (this.#pending.length > this.#limit) {
        this.#overlong = true;
        this.#pending = '';
      }
      if (index === pieces.length - 1) break;
      if (this.#overlong) lines.push({ kind: 'garbage', text: `a line of more than ${this.#limit} characters` });
      else if (this.#pending.trim() !== '') lines.push(parseLine(this.#pending.trim()));
      this.#pending = '';
      this.#overlong = false;
    }
    return lines;
  }
}

function parseLine(text: string): QmpLine {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
      return { kind: 'message', message: message as Record<string, unknown>, text };
    }
  } catch {
    // Falls through: the caller logs it.
  }
  return { kind: 'garbage', text };
}
