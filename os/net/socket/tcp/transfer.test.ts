import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connect, createBench, pattern } from './fixture/bench.ts';
import type { WireOptions } from './fixture/wire.ts';

describe('a connection', () => {
  for (const family of [4, 6] as const) {
    it(`carries data both ways and ends in order (IPv${family})`, () => {
      const bench = createBench({ family });
      const { client, server } = connect(bench);
      bench.until(() => client.told.includes('connect'));
      bench.pass(10);
      const question = pattern(100_000);
      const answer = pattern(200_000, 3);
      client.write(question, true);
      server().write(answer, true);
      bench.until(() => client.closed && server().closed);
      expect(Buffer.compare(server().received, question)).toBe(0);
      expect(Buffer.compare(client.received, answer)).toBe(0);
      expect(client.told.filter((item) => item !== 'data' && item !== 'drain')).toEqual(['connect', 'end', 'close']);
    });
  }

  it('arrives intact and ends on both sides, however bad the wire is', () => {
    const probability = fc.double({ min: 0, max: 0.25, noNaN: true });
    const wire = fc.record({
      delay: fc.constantFrom(0, 1, 20),
      loss: probability,
      duplicate: probability,
      corrupt: fc.double({ min: 0, max: 0.1, noNaN: true }),
      reorder: probability,
      late: fc.constantFrom(1, 30),
      maxPayload: fc.constantFrom(556, 1480),
    });
    fc.assert(
      fc.property(fc.nat(1_000_000), wire, wire, fc.nat(60_000), fc.nat(60_000), fc.boolean(), (seed, ...rest) => {
        const [forth, back, there, here, trains] = rest;
        const grow = (options: WireOptions): WireOptions => (trains ? { ...options, maxSegmented: 20_000 } : options);
        const bench = createBench({ seed, forth: grow(forth), back: grow(back) });
        const { client, server } = connect(bench, {
          receiveBuffer: 30_000,
          sendBuffer: 20_000,
          userTimeout: 3_600_000,
        });
        const question = pattern(there);
        const answer = pattern(here, 3);
        client.write(question, true);
        let answered = false;
        const done = (): boolean => {
          if (!answered && [...bench.b.tcp.list()].some((one) => 'remote' in one)) {
            answered = true;
            bench.pass(1);
            server().write(answer, true);
          }
          const { receiveQueue, sendQueue } = client.connection.statistics;
          expect(receiveQueue).toBeLessThanOrEqual(30_000);
          expect(sendQueue).toBeLessThanOrEqual(20_000);
          return client.closed && answered && server().closed;
        };
        // What the handshake gave up, nothing can be said about.
        bench.until(() => done() || client.failure?.code === 'ETIMEDOUT', 7_200_000);
        if (client.failure?.code === 'ETIMEDOUT' && client.receivedBytes === 0 && !answered) return;
        expect([client.failure, server().failure]).toEqual([undefined, undefined]);
        expect(Buffer.compare(server().received, question)).toBe(0);
        expect(Buffer.compare(client.received, answer)).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
