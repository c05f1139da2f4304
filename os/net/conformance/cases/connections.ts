/** Beginning and end of connections. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { Case } from '../ends.ts';
import { pattern } from '../pattern.ts';
import { carries, connected, endsWell, failsWith, newPort, same } from './together.ts';

const hello = Buffer.from('hello');

export const connections: readonly Case[] = [
  {
    name: 'a port where nobody listens refuses',
    async run(_, client, server) {
      await failsWith(client.end.connect({ address: server.address, port: newPort() }), 'ECONNREFUSED');
    },
  },
  {
    name: 'an address that nobody has is unreachable',
    from: 'ours',
    async run({ nobody }, client) {
      await failsWith(client.end.connect({ address: nobody, port: newPort() }), 'EHOSTUNREACH');
    },
  },
  {
    name: 'an echo, and the one who called finishes first',
    anyWeather: true,
    async run(_, client, server) {
      const pair = await connected(client, server);
      await pair.caller.send(hello);
      same(await pair.answerer.receive(hello.length), hello);
      await pair.answerer.send(hello);
      same(await pair.caller.receive(hello.length), hello);
      await pair.caller.finish();
      strictEqual((await pair.answerer.receive(1)).length, 0);
      await pair.answerer.finish();
      strictEqual((await pair.caller.receive(1)).length, 0);
      await endsWell(pair);
    },
  },
  {
    name: 'the one who was called speaks and finishes first',
    anyWeather: true,
    async run(_, client, server) {
      const pair = await connected(client, server);
      await carries(pair.answerer, pair.caller, hello);
      await pair.caller.finish();
      strictEqual((await pair.answerer.receive(1)).length, 0);
      await endsWell(pair);
    },
  },
  {
    name: 'both finish at once',
    anyWeather: true,
    async run(_, client, server) {
      const pair = await connected(client, server);
      await Promise.all([carries(pair.caller, pair.answerer, hello), carries(pair.answerer, pair.caller, hello)]);
      await endsWell(pair);
    },
  },
  {
    name: 'one that is finished in one direction carries on in the other',
    anyWeather: true,
    async run(_, client, server) {
      const pair = await connected(client, server);
      await carries(pair.caller, pair.answerer, hello);
      await carries(pair.answerer, pair.caller, pattern(100_000, 3));
      await endsWell(pair);
    },
  },
  {
    name: 'the one who called breaks off',
    async run(_, client, server) {
      const { caller, answerer } = await connected(client, server);
      await caller.send(hello);
      same(await answerer.receive(hello.length), hello);
      const broken = failsWith(answerer.receive(1), 'ECONNRESET');
      await caller.abort();
      await broken;
      strictEqual(await answerer.over(), 'ECONNRESET');
    },
  },
  {
    name: 'the one who was called breaks off',
    async run(_, client, server) {
      const { caller, answerer } = await connected(client, server);
      await caller.send(hello);
      same(await answerer.receive(hello.length), hello);
      const broken = failsWith(caller.receive(1), 'ECONNRESET');
      await answerer.abort();
      await broken;
      strictEqual(await caller.over(), 'ECONNRESET');
    },
  },
  {
    name: 'more call at once than the listener lets wait, and all get through',
    anyWeather: true,
    unlessDoubled:
      'a SYN that comes twice may be answered once with a cookie and once without: one answer is wrong then',
    async run({ many }, client, server) {
      const port = newPort();
      const listener = await server.end.listen(port, { backlog: 4 });
      const count = Math.min(12, many);
      const callers = Array.from({ length: count }, async (_, number) => {
        const caller = await client.end.connect({ address: server.address, port });
        await caller.send(Uint8Array.of(number));
        await caller.finish();
        strictEqual((await caller.receive(1)).length, 0);
      });
      const answerers = Array.from({ length: count }, async () => {
        const answerer = await listener.accept();
        const said = await answerer.receive(2);
        await answerer.finish();
        return said[0];
      });
      const [heard] = await Promise.all([Promise.all(answerers), Promise.all(callers)]);
      deepStrictEqual(
        heard.toSorted((a = 0, b = 0) => a - b),
        Array.from({ length: count }, (_, number) => number),
      );
      await listener.close();
    },
  },
  {
    name: 'one after the other, many times',
    async run({ many }, client, server) {
      const port = newPort();
      const listener = await server.end.listen(port);
      for (let number = 0; number < many; number++) {
        const [caller, answerer] = await Promise.all([
          client.end.connect({ address: server.address, port }),
          listener.accept(),
        ]);
        await carries(caller, answerer, Uint8Array.of(number));
        await carries(answerer, caller, Uint8Array.of(number, number));
        await endsWell({ caller, answerer, port });
      }
      await listener.close();
    },
  },
  {
    name: 'a port is used again while the other end still waits for stray segments',
    async run(_, client, server) {
      const port = newPort();
      const localPort = newPort();
      const listener = await server.end.listen(port);
      for (let round = 0; round < 5; round++) {
        const [caller, answerer] = await Promise.all([
          client.end.connect({ address: server.address, port }, { localPort }),
          listener.accept(),
        ]);
        // The one who finishes first is the one who waits (TIME-WAIT).
        await carries(answerer, caller, Uint8Array.of(round));
        await carries(caller, answerer, Uint8Array.of(round, round));
        await endsWell({ caller, answerer, port });
      }
      await listener.close();
    },
  },
];
