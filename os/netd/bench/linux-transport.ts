import { once } from 'node:events';
import net from 'node:net';
import type { Flow, FlowEvents, Transport } from './transport.ts';

/** Received bytes are read into one buffer a flow, as fast as Node.js can. */
const bufferSize = 256 * 1024;

export const linuxTransport: Transport = {
  connect(host, port, events) {
    const receive = (bytes: number): boolean => {
      flow.events.onData?.(bytes);
      return true;
    };
    const socket = net.connect({
      host,
      port,
      allowHalfOpen: true,
      noDelay: true,
      onread: { buffer: Buffer.alloc(Math.min(bufferSize, 65_536)), callback: receive },
    });
    const flow = new LinuxFlow(socket);
    flow.events = events;
    return flow;
  },
  async listen(port, onFlow) {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: bufferSize });
    server.on('connection', (socket) => {
      const flow = new LinuxFlow(socket);
      socket.on('data', (bytes) => flow.events.onData?.(bytes.length));
      onFlow(flow);
    });
    server.listen({ port, host: '::', backlog: 4096 });
    await once(server, 'listening');
  },
};

class LinuxFlow implements Flow {
  events: FlowEvents = {};
  readonly #socket: net.Socket;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    let failure: string | undefined;
    socket.on('connect', () => this.events.onConnect?.());
    socket.on('drain', () => this.events.onDrain?.());
    socket.on('end', () => this.events.onEnd?.());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code ?? error.message;
    });
    socket.on('close', () => this.events.onClose?.(failure));
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  finish(): void {
    this.#socket.end();
  }
}
