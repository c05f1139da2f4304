/** An end in another process. */
import type { ChildProcess } from 'node:child_process';
import type { End } from '../ends.ts';
import { failureOf } from '../failure.ts';
import type { Answer, Request } from './messages.ts';

/** Speaks with `main.ts` in a child that has a channel with advanced serialization; resolves when it is there. */
export async function remoteEnd(child: ChildProcess): Promise<End> {
  const remote = new Remote(child);
  await remote.ready;
  return remote.object(0) as End;
}

class Remote {
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #next = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ready = new Promise((resolve, reject) => {
      this.#pending.set(-1, { resolve: () => resolve(), reject });
    });
    child.on('message', (answer) => this.#take(answer as Answer));
    child.on('exit', (status) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`the other end exited with ${status}`));
    });
  }

  /** Something whose every method asks the other side. */
  object(number: number): unknown {
    const methods = new Map<string, (...args: readonly unknown[]) => Promise<unknown>>();
    return new Proxy(
      {},
      {
        get: (_, method) => {
          // Promises look whether what they are resolved with is one too.
          if (typeof method !== 'string' || method === 'then') return undefined;
          const known = methods.get(method);
          if (known !== undefined) return known;
          const made = (...args: readonly unknown[]) => this.#ask(number, method, args);
          methods.set(method, made);
          return made;
        },
      },
    );
  }

  #ask(object: number, method: string, args: readonly unknown[]): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ id, object, method, args } satisfies Request);
    });
  }

  #take(answer: Answer): void {
    const waiter = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('code' in answer) waiter?.reject(failureOf(answer.code));
    else waiter?.resolve('object' in answer ? this.object(answer.object) : answer.value);
  }
}
