import { cancelled } from './values/status.ts';

/**
 * The values of `source` until `signal` is aborted; then it ends at once with status 499, also when the source is
 * waiting for something that nobody can call off. The source is told to end, but not waited for.
 */
export async function* abortable<T>(source: AsyncIterable<T> | Iterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  // One promise for each value: racing every value against one long-lived promise would keep a reaction for each.
  let giveUp: (reason: Error) => void = () => {};
  const abort = () => giveUp(cancelled());
  signal.addEventListener('abort', abort);
  let ended = false;
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        giveUp = reject;
        if (signal.aborted) abort();
        else Promise.resolve(iterator.next()).then(resolve, reject);
      });
      ended = next.done === true;
      if (ended) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    if (!ended) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
