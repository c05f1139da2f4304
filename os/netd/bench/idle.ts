/**
 * Prints what a connection costs that has carried a byte each way and is silent now: bytes of memory, of one of its ends.
 * Both ends are in this process, in virtual time. Needs --expose-gc.
 */
import { SteppedClock } from '../../net/environment/clock.ts';
import { SeededRandom } from '../../net/environment/random.ts';
import { Switch } from '../../net/link/pipe.ts';
import type { TcpConnection } from '../../net/socket/tcp/connection.ts';
import { createTcp } from '../../net/socket/tcp/tcp.ts';
import { Stack } from '../../net/stack/stack.ts';
import { parseAddress } from '../../net/wire/address.ts';
import { parseMac } from '../../net/wire/mac.ts';

const count = Number(process.argv[2] ?? 10_000);
/** Opened at a time, so that nothing queues up. */
const batch = 100;

const clock = new SteppedClock(1000);
const random = new SeededRandom(1);
const wire = new Switch(clock, random);

function host(number: number, text: string) {
  const [address, mac] = [parseAddress(text), parseMac(`02:00:00:00:00:0${number}`)];
  if (address === undefined || mac === undefined) throw new Error(`${text} is no address`);
  const stack = new Stack({ clock, random }, { onChange: () => {}, onDuplicate: () => {}, onLinkChange: () => {} });
  const tcp = createTcp({ clock, random, network: stack });
  stack.attachTcp(tcp);
  const forever = Number.POSITIVE_INFINITY;
  stack
    .addInterface(wire.port(`eth${number}`, mac))
    .addresses.add({ address, prefixLength: 24, origin: 'static', validUntil: forever, preferredUntil: forever });
  return { tcp, address };
}

const [client, server] = [host(1, '192.0.2.1'), host(2, '192.0.2.2')];
const kept: TcpConnection[] = [];
const listener = server.tcp.listen({ port: 80 });
listener.onConnection = (connection) => {
  kept.push(connection);
  connection.events = { onData: () => void connection.write(connection.read() ?? new Uint8Array()) };
};

let answered = 0;
function open(): void {
  const connection = client.tcp.connect({ address: server.address, port: 80 });
  kept.push(connection);
  connection.events = {
    onConnect: () => void connection.write(Uint8Array.of(1)),
    onData() {
      connection.read();
      answered += 1;
    },
  };
}

function settle(): void {
  for (let seconds = 0; seconds < 20; seconds++) clock.advance(clock.now + 1000);
}

function used(): number {
  if (globalThis.gc === undefined) throw new Error('start it with --expose-gc');
  for (let pass = 0; pass < 3; pass++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// What the first ones bring with them (compiled code, tables) is not theirs.
for (let number = 0; number < batch; number++) open();
settle();
const before = used();
const already = answered;
for (let opened = 0; opened < count; opened += batch) {
  for (let number = 0; number < batch; number++) open();
  clock.advance(clock.now + 1000);
}
settle();
if (answered - already < count) throw new Error(`${answered - already} of ${count} connections were answered`);
process.stdout.write(`${(used() - before) / (2 * count)}\n`);
if (kept.length === 0) throw new Error('they must live until here');
