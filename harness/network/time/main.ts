/** A time server as a program: `main.ts OFFSET ADDRESS…` serves this machine's clock, OFFSET seconds on, on port 123. */
import { createSocket } from 'node:dgram';
import { answer } from './packet.ts';

const [offset = '0', ...addresses] = process.argv.slice(2);
const now = () => Date.now() + Number(offset) * 1000;

await Promise.all(
  addresses.map(
    (address) =>
      new Promise<void>((listening) => {
        const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
        socket.on('message', (request, from) => {
          const received = now();
          const reply = answer(request, received, now());
          if (reply === undefined) return;
          socket.send(reply, from.port, from.address);
          process.stdout.write(`told ${from.address} that it is ${new Date(received).toISOString()}\n`);
        });
        socket.bind(123, address, listening);
      }),
  ),
);
process.stdout.write('serving the time\n');
