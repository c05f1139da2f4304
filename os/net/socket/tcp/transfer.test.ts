import { describe, expect, it } from 'vitest';
import { connect, createBench, pattern } from './fixture/bench.ts';

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
});
