import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CableEnds } from '../../machine/contract.ts';
import { FrameReader, packed } from './frames.ts';
import { type Conditions, Line, seeded } from './line.ts';

type End = 'near' | 'far';
const otherEnd: Readonly<Record<End, End>> = { near: 'far', far: 'near' };

/** More bytes than this waiting for a machine that stands still get lost. */
const mostWaiting = 4 * 1024 * 1024;

/**
 * A cable between a machine's network card and the tap device that it hangs on, whose conditions can be changed while it
 * is in use. Linux has netem for that, but not every kernel has netem.
 *
 * QEMU connects to both ends when it starts, and again when the machine is powered on again.
 */
export class Cable implements AsyncDisposable {
  readonly ends: CableEnds;
  readonly #directory: string;
  readonly #lines: Readonly<Record<End, Line>>;
  readonly #servers: Server[] = [];
  readonly #sockets: Partial<Record<End, Socket>> = {};
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(directory: string, conditions: Conditions, seed: number) {
    this.#directory = directory;
    this.ends = { near: join(directory, 'near.sock'), far: join(directory, 'far.sock') };
    const random = seeded(seed);
    this.#lines = { near: new Line(conditions, random), far: new Line(conditions, random) };
  }

  /** @param seed the same one draws the same lots, though not at the same moments */
  static async lay(conditions: Conditions, seed: number): Promise<Cable> {
    const cable = new Cable(await mkdtemp(join(tmpdir(), 'panos-cable-')), conditions, seed);
    await cable.#listen('near');
    await cable.#listen('far');
    return cable;
  }

  /** Changes both directions, or only that to (`down`) or from (`up`) the machine. */
  change(conditions: Conditions, direction: 'both' | 'up' | 'down' = 'both'): void {
    if (direction !== 'down') this.#lines.near.conditions = conditions;
    if (direction !== 'up') this.#lines.far.conditions = conditions;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of Object.values(this.#sockets)) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((closed) => server.close(closed))));
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #listen(end: End): Promise<void> {
    const server = createServer((socket) => this.#connect(end, socket));
    this.#servers.push(server);
    await new Promise<void>((listening, failed) => {
      server.once('error', failed);
      server.listen(this.ends[end], listening);
    });
  }

  #connect(end: End, socket: Socket): void {
    this.#sockets[end]?.destroy();
    this.#sockets[end] = socket;
    const reader = new FrameReader();
    socket.on('error', () => {});
    socket.on('data', (chunk: string | Uint8Array) => {
      if (typeof chunk === 'string') return;
      for (const frame of reader.read(chunk)) this.#carry(end, frame);
    });
  }

  #carry(from: End, frame: Uint8Array): void {
    for (const { after, flipped } of this.#lines[from].fate(frame.length, performance.now())) {
      const arrived = flipped === undefined ? frame : withFlippedBit(frame, flipped);
      if (after < 1) this.#deliver(otherEnd[from], arrived);
      else this.#later(after, () => this.#deliver(otherEnd[from], arrived));
    }
  }

  #deliver(to: End, frame: Uint8Array): void {
    const socket = this.#sockets[to];
    if (socket === undefined || socket.destroyed || socket.writableLength > mostWaiting) return;
    socket.write(packed(frame));
  }

  #later(milliseconds: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, milliseconds);
    this.#timers.add(timer);
  }
}

function withFlippedBit(frame: Uint8Array, bit: number): Uint8Array {
  const damaged = frame.slice();
  const at = bit >> 3;
  damaged[at] = (damaged[at] ?? 0) ^ (1 << (bit & 7));
  return damaged;
}
