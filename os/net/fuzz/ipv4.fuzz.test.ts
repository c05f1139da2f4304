import { expect, it } from 'vitest';
import { casesAsked, seedAsked } from './asked.ts';
import { fuzz } from './fuzzer.ts';

it('frames of IPv4 that nobody should send', async () => {
  const result = await fuzz(4, casesAsked(), seedAsked());
  // They get further than the first check.
  for (const name of ['ip.reassembled', 'icmp.received', 'udp.received', 'tcp.segmentsReceived']) {
    expect(result.counters.get(name), name).toBeGreaterThan(result.cases / 200);
  }
});
