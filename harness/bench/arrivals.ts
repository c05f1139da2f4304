import type { SerialLine } from '../machine/contract.ts';

/** Notes when text arrives on a serial line, to the chunk: nobody has to be waiting for it at that moment. */
export class Arrivals<Name extends string> implements Disposable {
  readonly #times = new Map<Name, number>();
  readonly #listening: Disposable;

  /** @param patterns matched against the whole history, escape sequences included */
  constructor(serial: Pick<SerialLine, 'history' | 'onData'>, patterns: Readonly<Record<Name, RegExp>>) {
    const waiting = new Map(Object.entries(patterns) as [Name, RegExp][]);
    this.#listening = serial.onData(() => {
      const now = performance.now();
      for (const [name, pattern] of waiting) {
        if (!pattern.test(serial.history)) continue;
        this.#times.set(name, now);
        waiting.delete(name);
      }
    });
  }

  /** `performance.now()` of the arrival; undefined if it has not come. */
  at(name: Name): number | undefined {
    return this.#times.get(name);
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }
}
