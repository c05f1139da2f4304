/** Lines that were entered, walked with up and down; the line being typed waits below the newest. */
export class History {
  readonly #lines: string[] = [];
  readonly #most: number;
  #position = 0;
  #draft = '';

  constructor(most = 500) {
    this.#most = most;
  }

  /** Keeps a line (not an empty one, nor the same twice in a row) and goes back below the newest. */
  add(line: string): void {
    if (line.trim() !== '' && line !== this.#lines.at(-1)) this.#lines.push(line);
    if (this.#lines.length > this.#most) this.#lines.shift();
    this.leave();
  }

  /** Goes back below the newest line. */
  leave(): void {
    this.#position = this.#lines.length;
    this.#draft = '';
  }

  /** One line further back (-1) or forward (+1); undefined at the end. `current` is what stands there now. */
  walk(step: -1 | 1, current: string): string | undefined {
    const next = this.#position + step;
    if (next < 0 || next > this.#lines.length) return undefined;
    if (this.#position === this.#lines.length) this.#draft = current;
    this.#position = next;
    return this.#lines[next] ?? this.#draft;
  }
}
