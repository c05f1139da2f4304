/** What the peer of a measurement serves, and how it is used. */
import type { Flow, Transport } from './transport.ts';

/** Takes what comes and ends when it ends; sends for a tenth of a second for each byte that comes first; sends a byte for a byte. */
const ports = { sink: 5001, source: 5002, echo: 5003 } as const;

const chunk = new Uint8Array(256 * 1024);
const one = Uint8Array.of(1);

export async function serve(transport: Transport): Promise<void> {
  await transport.listen(ports.sink, (flow) => {
    flow.events = { onEnd: () => flow.finish() };
  });
  await transport.listen(ports.source, (flow) => {
    flow.events = { onData: (bytes) => pour(flow, bytes / 10) };
  });
  await transport.listen(ports.echo, (flow) => {
    flow.events = { onData: () => flow.write(one), onEnd: () => flow.finish() };
  });
}

/** Writes for so many seconds, and finishes. */
function pour(flow: Flow, seconds: number): () => number {
  const end = performance.now() + seconds * 1000;
  let written = 0;
  const go = (): void => {
    for (;;) {
      if (performance.now() >= end) {
        flow.finish();
        return;
      }
      written += chunk.length;
      if (!flow.write(chunk)) return;
    }
  };
  flow.events.onDrain = go;
  go();
  return () => written;
}

/** Mbit/s of one connection that sends for so many seconds, until the peer has received everything. */
export function send(transport: Transport, address: string, seconds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let start = 0;
    let written = (): number => 0;
    const flow = transport.connect(address, ports.sink, {
      onConnect() {
        start = performance.now();
        written = pour(flow, seconds);
      },
      onEnd: () => resolve(rate(written(), start)),
      onClose: (failure) => reject(new Error(failure ?? 'closed')),
    });
  });
}

/** Mbit/s of one connection that receives for so many seconds, to a tenth. */
export function receive(transport: Transport, address: string, seconds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let start = 0;
    let received = 0;
    const flow = transport.connect(address, ports.source, {
      onConnect() {
        start = performance.now();
        flow.write(new Uint8Array(Math.round(seconds * 10)));
      },
      onData: (bytes) => {
        received += bytes;
      },
      onEnd() {
        resolve(rate(received, start));
        flow.finish();
      },
      onClose: (failure) => reject(new Error(failure ?? 'closed')),
    });
  });
}

/** Connections a second: each is opened, carries a byte each way, and is closed from here. */
export async function connections(
  transport: Transport,
  address: string,
  { count, parallel }: { readonly count: number; readonly parallel: number },
): Promise<number> {
  let left = count;
  const start = performance.now();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await ask(transport, address);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return count / ((performance.now() - start) / 1000);
}

const ask = (transport: Transport, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const flow = transport.connect(address, ports.echo, {
      onConnect: () => void flow.write(one),
      onData: () => flow.finish(),
      onClose: (failure) => (failure === undefined ? resolve() : reject(new Error(failure))),
    });
  });

const rate = (bytes: number, start: number): number => (bytes * 8) / (performance.now() - start) / 1000;
