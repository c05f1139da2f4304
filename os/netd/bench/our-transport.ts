import type { TcpConnection } from '../../net/socket/tcp/connection.ts';
import { parseAddress } from '../../net/wire/address.ts';
import type { LocalStack } from '../conformance/local-stack.ts';
import type { Flow, FlowEvents, Transport } from './transport.ts';

export const ourTransport = ({ tcp, driver }: LocalStack): Transport => ({
  connect(text, port, events) {
    const address = parseAddress(text);
    if (address === undefined) throw new Error(`${text} is no address`);
    return driver.turn(() => {
      const flow = new OurFlow(tcp.connect({ address, port }, { noDelay: true }), driver);
      flow.events = events;
      return flow;
    });
  },
  async listen(port, onFlow) {
    const listener = driver.turn(() => tcp.listen({ port }, { noDelay: true, backlog: 4096 }));
    listener.onConnection = (connection) => onFlow(new OurFlow(connection, driver));
  },
});

class OurFlow implements Flow {
  events: FlowEvents = {};
  readonly #connection: TcpConnection;
  readonly #driver: LocalStack['driver'];
  /** What there was no room for. */
  #rest: Uint8Array | undefined;
  #finishing = false;

  constructor(connection: TcpConnection, driver: LocalStack['driver']) {
    this.#connection = connection;
    this.#driver = driver;
    connection.events = {
      onConnect: () => this.events.onConnect?.(),
      onData: () => {
        for (;;) {
          const bytes = connection.read();
          if (bytes === undefined) return;
          this.events.onData?.(bytes.length);
        }
      },
      onDrain: () => {
        if (!this.#take(this.#rest)) return;
        if (this.#finishing) connection.finish();
        else this.events.onDrain?.();
      },
      onEnd: () => this.events.onEnd?.(),
      onClose: (failure) => this.events.onClose?.(failure?.code),
    };
  }

  write(bytes: Uint8Array): boolean {
    return this.#driver.turn(() => this.#take(bytes));
  }

  finish(): void {
    if (this.#rest === undefined) this.#driver.turn(() => this.#connection.finish());
    else this.#finishing = true;
  }

  #take(bytes: Uint8Array | undefined): boolean {
    const taken = bytes === undefined ? 0 : this.#connection.write(bytes);
    this.#rest = bytes === undefined || taken === bytes.length ? undefined : bytes.subarray(taken);
    return this.#rest === undefined;
  }
}
