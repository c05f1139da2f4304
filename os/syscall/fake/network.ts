import { constants } from 'node:os';
import { SystemCallError } from '../kernel.ts';
import type { MessageBatch, NetworkKernel, Readiness } from '../network.ts';

type ErrorName = keyof typeof constants.errno;

/** A socket of the fake kernel, as a test sees it. */
export interface FakeSocket {
  readonly fd: number;
  readonly family: number;
  open: boolean;
  bound: Uint8Array | undefined;
  /** The mapped memory, which the test fills as the kernel would. */
  memory: ArrayBuffer | undefined;
  /** Options that were set, the last value of each, by number. */
  readonly options: Map<number, Uint8Array>;
  /** Every setting of an option, in order: its number and value. */
  readonly settings: (readonly [option: number, value: Uint8Array])[];
  /** What reading an option gives; nothing set: zeros. */
  readonly answers: Map<number, Uint8Array>;
  /** Messages to be received, or errors in their place. */
  readonly incoming: (Uint8Array | ErrorName)[];
  /** Messages that were sent. */
  readonly sent: Uint8Array[];
  /** How many more messages of batches are taken before EAGAIN. */
  room: number;
  /** Errors for the next messages of batches, each for one. */
  readonly sendErrors: ErrorName[];
  /** Answers a message given to `send`. */
  onSend: (message: Uint8Array) => void;
  /** Whether somebody wants to know when it can be written to. */
  reportWritable: boolean;
  /** Tells the watcher, if there is one. */
  becomeReady(ready: Partial<Readiness>): void;
}

export interface FakeNetworkKernel extends NetworkKernel {
  /** All sockets that were opened, in order. */
  readonly sockets: readonly FakeSocket[];
  /** Called for every new socket, before it is used. */
  onSocket: (socket: FakeSocket) => void;
  /** What was written below /proc/sys, in order. */
  readonly parameters: (readonly [path: string, value: string])[];
  /** Parameters (their whole path) that this kernel does not have. */
  readonly missingParameters: Set<string>;
  /** Features by `interface feature`. */
  readonly features: Map<string, boolean>;
}

const errorNumber = (name: ErrorName): number => constants.errno[name];

/** A kernel of sockets in memory. It keeps the promises of {@link NetworkKernel} and does nothing by itself. */
export function fakeNetworkKernel(): FakeNetworkKernel {
  const sockets: FakeSocket[] = [];
  const watchers = new Map<number, (ready: Readiness) => void>();
  const parameters: [string, string][] = [];
  const missingParameters = new Set<string>();
  const features = new Map<string, boolean>();

  const socketOf = (call: string, fd: number): FakeSocket => {
    const found = sockets.find((socket) => socket.fd === fd && socket.open);
    if (found === undefined) throw new SystemCallError(call, [fd], errorNumber('EBADF'));
    return found;
  };

  return {
    sockets,
    parameters,
    missingParameters,
    features,
    onSocket: () => {},
    socket(family) {
      const fd = 100 + sockets.length;
      const socket: FakeSocket = {
        fd,
        family,
        open: true,
        bound: undefined,
        memory: undefined,
        options: new Map(),
        settings: [],
        answers: new Map(),
        incoming: [],
        sent: [],
        room: Number.POSITIVE_INFINITY,
        sendErrors: [],
        onSend: () => {},
        reportWritable: false,
        becomeReady: ({ readable = false, writable = false }) => watchers.get(fd)?.({ readable, writable }),
      };
      sockets.push(socket);
      this.onSocket(socket);
      return fd;
    },
    bind(fd, address) {
      socketOf('bind', fd).bound = new Uint8Array(address.slice(0));
    },
    setOption(fd, _level, option, value) {
      const copy = new Uint8Array(value.slice(0));
      const socket = socketOf('setsockopt', fd);
      socket.options.set(option, copy);
      socket.settings.push([option, copy]);
    },
    getOption(fd, _level, option, value) {
      new Uint8Array(value).set(socketOf('getsockopt', fd).answers.get(option) ?? new Uint8Array(value.byteLength));
    },
    map(fd, length) {
      const memory = new ArrayBuffer(length);
      socketOf('mmap', fd).memory = memory;
      return memory;
    },
    unmap(memory) {
      if (!memory.detached) memory.transfer();
    },
    receive(fd, memory) {
      const next = socketOf('recv', fd).incoming.shift() ?? 'EAGAIN';
      if (typeof next === 'string') return -errorNumber(next);
      new Uint8Array(memory).set(next.subarray(0, memory.byteLength));
      return next.length;
    },
    send(fd, message) {
      const socket = socketOf('send', fd);
      const copy = new Uint8Array(message.slice(0));
      socket.sent.push(copy);
      socket.onSend(copy);
      return copy.length;
    },
    batch: (memory, capacity) => new FakeBatch(memory, capacity, (fd) => socketOf('sendmmsg', fd)),
    watch(fd, onReady) {
      const socket = socketOf('watch', fd);
      watchers.set(fd, onReady);
      return {
        reportWritable(wanted) {
          socket.reportWritable = wanted;
        },
        [Symbol.dispose]: () => watchers.delete(fd),
      };
    },
    close(fd) {
      const socket = sockets.find((candidate) => candidate.fd === fd);
      if (socket !== undefined) socket.open = false;
    },
    ethtool(name, feature, value) {
      const key = `${name} ${feature}`;
      if (value !== undefined) features.set(key, value);
      return features.get(key) ?? false;
    },
    setParameter(path, value) {
      if (missingParameters.has(path)) return false;
      parameters.push([path, value]);
      return true;
    },
  };
}

class FakeBatch implements MessageBatch {
  readonly #memory: ArrayBuffer;
  readonly #places: { offset: number; length: number }[];
  readonly #socketOf: (fd: number) => FakeSocket;

  constructor(memory: ArrayBuffer, capacity: number, socketOf: (fd: number) => FakeSocket) {
    this.#memory = memory;
    this.#places = Array.from({ length: capacity }, () => ({ offset: 0, length: 0 }));
    this.#socketOf = socketOf;
  }

  place(index: number, offset: number, length: number): void {
    if (index >= this.#places.length || offset + length > this.#memory.byteLength)
      throw new RangeError('no such place');
    this.#places[index] = { offset, length };
  }

  send(fd: number, first: number, count: number): number {
    const socket = this.#socketOf(fd);
    for (let done = 0; done < count; done++) {
      const refusal = socket.sendErrors.shift() ?? (socket.room <= 0 ? 'EAGAIN' : undefined);
      if (refusal !== undefined) {
        if (done === 0) return -errorNumber(refusal);
        // The error of a later message is lost: the caller meets it when it sends that message again.
        if (refusal !== 'EAGAIN') socket.sendErrors.unshift(refusal);
        return done;
      }
      const { offset, length } = this.#places[first + done] as { offset: number; length: number };
      socket.sent.push(new Uint8Array(this.#memory.slice(offset, offset + length)));
      socket.room--;
    }
    return count;
  }
}
