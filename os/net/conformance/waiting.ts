/** Things that come one by one, and those who wait for them: first come, first served. */
export class Waiting<T> {
  readonly #things: T[] = [];
  readonly #waiters: ((thing: T) => void)[] = [];

  put(thing: T): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#things.push(thing);
    else waiter(thing);
  }

  take(): Promise<T> {
    if (this.#things.length > 0) return Promise.resolve(this.#things.shift() as T);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }
}
