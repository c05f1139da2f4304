import type { Answers, FromInit, Request, Severity, ToInit } from './protocol.ts';

/** PID 1 refused a request. `status` is HTTP-style, as in the shell's results. */
class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: Extract<FromInit, { type: 'error' }>['status'];

  constructor(status: RequestError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** A service's side of its channel to PID 1. */
export interface InitClient {
  /** Tells PID 1 that this service can be used from now on. */
  ready(): void;
  log(severity: Severity, message: string): void;
  /**
   * Asks PID 1. Rejects with {@link RequestError} when it refuses, with an Error when the channel is closed or the
   * signal is aborted.
   */
  request<R extends Request>(request: R, signal?: AbortSignal): Promise<Answers[R['kind']]>;
  /** Calls `listener` when PID 1 asks this service to stop; it should end its process soon afterwards. */
  onStop(listener: () => void): void;
  /** Calls `listener` when the settings were read anew; only services that may send requests are told. */
  onSettingsChanged(listener: () => void): void;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Takes up the channel that this process was started with. Losing it means PID 1 no longer listens: every open request
 * fails.
 * @throws Error if the process was not started by PID 1.
 */
export function connect(): InitClient {
  if (process.send === undefined) throw new Error('this program runs as a service of PID 1 only');
  const waiting = new Map<number, Waiting>();
  const stopListeners: (() => void)[] = [];
  const settingsListeners: (() => void)[] = [];
  let nextId = 1;

  const send = (message: ToInit, failed: (error: Error) => void = () => {}): void => {
    if (!process.connected) failed(new Error('the channel to PID 1 is closed'));
    else process.send?.(message, (error: Error | null) => error && failed(error));
  };

  process.on('message', (message: FromInit) => {
    if (message.type === 'stop') {
      for (const listener of stopListeners) listener();
      return;
    }
    if (message.type === 'settings-changed') {
      for (const listener of settingsListeners) listener();
      return;
    }
    const entry = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.type === 'answer') entry?.resolve(message.result as never);
    else entry?.reject(new RequestError(message.status, message.message));
  });
  process.once('disconnect', () => {
    for (const { reject } of waiting.values()) reject(new Error('the channel to PID 1 is closed'));
    waiting.clear();
  });

  return {
    ready: () => send({ type: 'ready' }),
    log: (severity, message) => send({ type: 'log', severity, message }),
    onStop: (listener) => {
      stopListeners.push(listener);
    },
    onSettingsChanged: (listener) => {
      settingsListeners.push(listener);
    },
    request: (request, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const id = nextId++;
        const forget = () => {
          waiting.delete(id);
          reject(signal?.reason);
        };
        const done = () => signal?.removeEventListener('abort', forget);
        signal?.addEventListener('abort', forget, { once: true });
        waiting.set(id, {
          resolve: (result) => {
            done();
            resolve(result);
          },
          reject: (error) => {
            done();
            reject(error);
          },
        });
        send({ type: 'request', id, request }, (error) => {
          waiting.get(id)?.reject(error);
          waiting.delete(id);
        });
      }),
  };
}
