import { watch } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { SerialLine } from '../../machine/contract.ts';

/** The history and the listeners, whatever the bytes came through. */
export abstract class RecordedLine implements SerialLine {
  readonly #decoder = new StringDecoder('utf8');
  readonly #chunks: string[] = [];
  readonly #listeners = new Set<(text: string) => void>();

  get history(): string {
    if (this.#chunks.length > 1) this.#chunks.splice(0, this.#chunks.length, this.#chunks.join(''));
    return this.#chunks[0] ?? '';
  }

  abstract write(text: string): void;

  onData(listener: (text: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  protected received(bytes: Uint8Array): void {
    const text = this.#decoder.write(Buffer.from(bytes));
    if (text === '') return;
    this.#chunks.push(text);
    for (const listener of [...this.#listeners]) listener(text);
  }
}

/** The serial line of a machine that this process started. It stays the same object over several starts. */
export class OwnedSerialLine extends RecordedLine {
  #stream: Duplex | undefined;

  connect(stream: Duplex): void {
    this.#stream = stream;
    stream.on('data', (bytes: Uint8Array) => this.received(bytes));
    // An end is no error here: the machine's state tells what became of QEMU.
    stream.on('error', () => {});
    stream.resume();
  }

  write(text: string): void {
    if (this.#stream?.writable === true) this.#stream.write(text);
  }

  disconnect(): void {
    this.#stream?.destroy();
    this.#stream = undefined;
  }
}

/**
 * The serial line of a machine that another process started: what comes is read from the log that QEMU itself writes, so
 * any number of processes can follow; what is sent goes through the visitors' socket.
 */
export class FollowedSerialLine extends RecordedLine implements AsyncDisposable {
  readonly #log: string;
  readonly #socketPath: string;
  readonly #watching = new AbortController();
  #offset = 0;
  #reading = Promise.resolve();
  #socket: Socket | undefined;

  private constructor(log: string, socketPath: string) {
    super();
    this.#log = log;
    this.#socketPath = socketPath;
  }

  static async open(log: string, socketPath: string): Promise<FollowedSerialLine> {
    const line = new FollowedSerialLine(log, socketPath);
    watch(log, { signal: line.#watching.signal, persistent: false }, () => line.#catchUp()).on('error', () => {});
    const history = await readFile(log);
    line.#offset = history.length;
    line.received(history);
    line.#catchUp();
    return line;
  }

  write(text: string): void {
    if (this.#socket === undefined) {
      this.#socket = connect(this.#socketPath);
      this.#socket.on('error', () => {});
      this.#socket.resume();
    }
    this.#socket.write(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watching.abort();
    this.#socket?.end();
    await this.#reading;
  }

  #catchUp(): void {
    this.#reading = this.#reading.then(() => this.#readOn()).catch(() => {});
  }

  async #readOn(): Promise<void> {
    await using file = await open(this.#log, 'r');
    const { size } = await file.stat();
    if (size <= this.#offset) return;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size - this.#offset), { position: this.#offset });
    this.#offset += bytesRead;
    this.received(buffer.subarray(0, bytesRead));
  }
}
