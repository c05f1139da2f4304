/** Data on connections: much of it, slowly, in both directions, and none for a while. */
import { strictEqual } from 'node:assert/strict';
import type { Case } from '../ends.ts';
import { pattern } from '../pattern.ts';
import { carries, connected, endsWell, same } from './together.ts';

/** Small enough to be full soon, on the ends that heed it. */
const small = { sendBuffer: 65_536, receiveBuffer: 65_536 };

export const transfers: readonly Case[] = [
  {
    name: 'much arrives as it was sent, from the caller',
    anyWeather: true,
    async run({ bulk }, client, server) {
      const pair = await connected(client, server);
      await carries(pair.caller, pair.answerer, pattern(bulk, 5));
      await carries(pair.answerer, pair.caller, Uint8Array.of(1));
      await endsWell(pair);
    },
  },
  {
    name: 'much arrives as it was sent, to the caller',
    anyWeather: true,
    async run({ bulk }, client, server) {
      const pair = await connected(client, server);
      await carries(pair.answerer, pair.caller, pattern(bulk, 7));
      await carries(pair.caller, pair.answerer, Uint8Array.of(1));
      await endsWell(pair);
    },
  },
  {
    name: 'much arrives as it was sent in both directions at once',
    anyWeather: true,
    async run({ bulk }, client, server) {
      const pair = await connected(client, server);
      await Promise.all([
        carries(pair.caller, pair.answerer, pattern(bulk, 9)),
        carries(pair.answerer, pair.caller, pattern(bulk, 11)),
      ]);
      await endsWell(pair);
    },
  },
  {
    name: 'a reader who takes its time closes the window, and gets everything',
    anyWeather: true,
    async run({ bulk, pass }, client, server) {
      const pair = await connected(client, server, { caller: small, answerer: small });
      // More than all buffers between them hold.
      const bytes = pattern(Math.max(bulk * 4, 1_000_000), 13);
      let taken = false;
      const sent = pair.caller.send(bytes).then(() => {
        taken = true;
      });
      await pass(1500);
      strictEqual(taken, false);
      const first = await pair.answerer.receive(100_000);
      await pass(300);
      const rest = await pair.answerer.receive(bytes.length - first.length);
      await sent;
      same(Buffer.concat([first, rest]), bytes);
      await carries(pair.caller, pair.answerer, Uint8Array.of(1));
      await carries(pair.answerer, pair.caller, Uint8Array.of(2));
      await endsWell(pair);
    },
  },
  {
    name: 'many small pieces stay in order',
    anyWeather: true,
    async run(_, client, server) {
      const pair = await connected(client, server);
      const bytes = pattern(3000, 15);
      const sending = (async () => {
        for (let at = 0; at < bytes.length; at += 15) await pair.caller.send(bytes.subarray(at, at + 15));
      })();
      same(await pair.answerer.receive(bytes.length), bytes);
      await sending;
      await carries(pair.caller, pair.answerer, Uint8Array.of(1));
      await carries(pair.answerer, pair.caller, Uint8Array.of(2));
      await endsWell(pair);
    },
  },
  {
    name: 'a silent connection whose ends look after each other stays',
    async run({ pass }, client, server) {
      const pair = await connected(client, server, { caller: { keepAlive: 1000 }, answerer: { keepAlive: 1000 } });
      await pass(2500);
      await carries(pair.caller, pair.answerer, Uint8Array.of(1));
      await carries(pair.answerer, pair.caller, Uint8Array.of(2));
      await endsWell(pair);
    },
  },
  {
    name: 'a silent connection whose cable was cut is given up',
    from: 'ours',
    async run({ pass, cut }, client, server) {
      const { caller, answerer } = await connected(client, server, { caller: { keepAlive: 1000 } });
      cut(true);
      try {
        strictEqual(await caller.over(), 'ETIMEDOUT');
      } finally {
        cut(false);
      }
      // Whoever did not notice is told when it speaks.
      await pass(100);
      await answerer.send(Uint8Array.of(1)).catch(() => {});
      strictEqual(await answerer.over(), 'ECONNRESET');
    },
  },
  {
    name: 'a cut that is mended in time only delays',
    async run({ pass, cut, bulk }, client, server) {
      const pair = await connected(client, server);
      const transfer = carries(pair.caller, pair.answerer, pattern(bulk, 17));
      cut(true);
      await pass(1200);
      cut(false);
      await transfer;
      await carries(pair.answerer, pair.caller, Uint8Array.of(2));
      await endsWell(pair);
    },
  },
];
