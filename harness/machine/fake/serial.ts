import type { SerialLine } from '../contract.ts';

/** A serial line in memory. The guest's words arrive a moment later, as over a real one. */
export class FakeSerialLine implements SerialLine {
  readonly #listeners = new Set<(text: string) => void>();
  readonly #send: (text: string) => void;
  #history = '';

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  get history(): string {
    return this.#history;
  }

  write(text: string): void {
    this.#send(text);
  }

  onData(listener: (text: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Words of the guest. */
  deliver(text: string): void {
    this.#history += text;
    for (const listener of [...this.#listeners]) listener(text);
  }
}
