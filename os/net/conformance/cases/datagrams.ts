/** What goes without a connection: UDP and echo requests. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { Case } from '../ends.ts';
import { pattern } from '../pattern.ts';
import { newPort, same } from './together.ts';

/** Bytes of a payload: nothing, little, what fills a frame, what takes a few, and nearly all that a datagram can have. */
const sizes = [0, 1, 1000, 1472, 1473, 8000, 60_000];

export const datagrams: readonly Case[] = [
  {
    name: 'datagrams of all sizes arrive and are answered',
    async run(_, client, server) {
      const port = newPort();
      const answerer = await server.end.datagrams(port);
      const caller = await client.end.datagrams(0, { address: server.address, port });
      for (const size of sizes) {
        const question = pattern(size, size);
        await caller.send(question);
        const { payload, from } = await answerer.receive();
        same(payload, question);
        deepStrictEqual(from, { address: client.address, port: await caller.localPort() });
        await answerer.sendTo(pattern(size, size + 1), from);
        same((await caller.receive()).payload, pattern(size, size + 1));
      }
      await caller.close();
      await answerer.close();
    },
  },
  {
    name: 'a datagram to a port that nobody has is refused',
    async run(_, client, server) {
      const caller = await client.end.datagrams(0, { address: server.address, port: newPort() });
      await caller.send(Uint8Array.of(1));
      strictEqual(await caller.refusal(), 'ECONNREFUSED');
      await caller.close();
    },
  },
  {
    name: 'echo requests of all sizes are answered',
    async run(_, client, server) {
      for (const bytes of [16, 56, 1400, 1472, 1473, 4000, 40_000]) {
        strictEqual(await client.end.ping(server.address, bytes), true, `${bytes} bytes`);
      }
    },
  },
  {
    name: 'an echo request to an address that nobody has is not',
    from: 'ours',
    async run({ nobody }, client) {
      strictEqual(await client.end.ping(nobody, 56), false);
    },
  },
];
