import type { Duplex } from 'node:stream';
import type { Deadline } from '../../../host/lib/deadline.ts';
import { LabError } from '../../machine/contract.ts';
import type { QmpCommand, QmpCommands } from './qmp-commands.ts';
import { QmpParser } from './qmp-parser.ts';

/** An asynchronous announcement (qmp-spec.rst, section "Asynchronous events"). */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** QEMU refused a command. `reason` is QEMU's own sentence. */
export class QmpError extends LabError {
  readonly reason: string;
  constructor(command: string, reason: string) {
    super(`QEMU refused ${command}: ${reason}`);
    this.reason = reason;
  }
}

interface Pending {
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Receives one line for each message, for the QMP log. */
export type QmpLog = (direction: '<' | '>', text: string) => void;

/**
 * A client of one QMP monitor. Commands may overlap; answers are matched by id. Everything said goes to `log`.
 */
export class QmpClient {
  readonly #stream: Duplex;
  readonly #log: QmpLog;
  readonly #parser = new QmpParser();
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #greeting = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #nextId = 1;
  #open = true;

  private constructor(stream: Duplex, log: QmpLog) {
    this.#stream = stream;
    this.#log = log;
    this.#greeting.promise.catch(() => {});
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    stream.on('error', (error) => this.#end(error.message));
    stream.on('close', () => this.#end('it was closed'));
    stream.on('end', () => this.#end('QEMU hung up'));
    stream.resume();
  }

  /**
   * Waits for the greeting and leaves negotiation mode.
   * @throws DeadlineError when no greeting comes (another client may hold the monitor); LabError when QEMU hangs up.
   */
  static async open(stream: Duplex, deadline: Deadline, log: QmpLog = () => {}): Promise<QmpClient> {
    const client = new QmpClient(stream, log);
    try {
      await deadline.race(client.#greeting.promise, 'the greeting of the QEMU monitor');
      await deadline.race(client.execute('qmp_capabilities'), 'the negotiation with the QEMU monitor');
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  /** Resolves when the connection is gone, for whatever reason. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Runs one command.
   * @throws QmpError when QEMU refuses it, LabError when the connection ends before the answer.
   */
  execute<C extends QmpCommand>(
    command: C,
    ...[args]: QmpCommands[C]['arguments'] extends undefined ? [] : [QmpCommands[C]['arguments']]
  ): Promise<QmpCommands[C]['returns']> {
    if (!this.#open) return Promise.reject(new LabError(`QEMU is gone, so ${command} cannot be done`));
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, { command, resolve: answer.resolve, reject: answer.reject });
    const text = JSON.stringify({ execute: command, id, ...(args === undefined ? {} : { arguments: args }) });
    this.#log('>', text);
    this.#stream.write(`${text}\r\n`);
    return answer.promise as Promise<QmpCommands[C]['returns']>;
  }

  /** Calls `listener` with each event until the returned disposable is disposed. */
  onEvent(listener: (event: QmpEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /**
   * The next event that `accept` likes. Call before causing it.
   * @throws DeadlineError naming `what`; LabError when the connection ends first.
   */
  async event(accept: (event: QmpEvent) => boolean, what: string, deadline: Deadline): Promise<QmpEvent> {
    const found = Promise.withResolvers<QmpEvent>();
    using _listening = this.onEvent((event) => {
      if (accept(event)) found.resolve(event);
    });
    const gone = this.#closed.promise.then(() => Promise.reject(new LabError(`QEMU ended before ${what}`)));
    return await deadline.race(Promise.race([found.promise, gone]), what);
  }

  close(): void {
    this.#stream.destroy();
    this.#end('it was closed');
  }

  #receive(chunk: Uint8Array): void {
    for (const line of this.#parser.push(chunk)) {
      this.#log('<', line.text);
      if (line.kind === 'message') this.#dispatch(line.message);
    }
  }

  #dispatch(message: Readonly<Record<string, unknown>>): void {
    if ('QMP' in message) {
      this.#greeting.resolve();
      return;
    }
    if (typeof message['event'] === 'string') {
      const data = message['data'];
      const event = { event: message['event'], data: isRecord(data) ? data : {} };
      for (const listener of [...this.#listeners]) listener(event);
      return;
    }
    const pending = typeof message['id'] === 'number' ? this.#pending.get(message['id']) : undefined;
    if (pending === undefined) return;
    this.#pending.delete(message['id'] as number);
    const error = message['error'];
    if (error === undefined) pending.resolve(message['return']);
    else pending.reject(new QmpError(pending.command, isRecord(error) ? String(error['desc']) : 'no reason given'));
  }

  #end(why: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#greeting.reject(new LabError(`the connection to QEMU ended before its greeting: ${why}`));
    for (const { command, reject } of this.#pending.values()) {
      reject(new LabError(`the connection to QEMU ended before ${command} was answered: ${why}`));
    }
    this.#pending.clear();
    this.#closed.resolve();
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
