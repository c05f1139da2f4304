import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../environment/clock.ts';
import { SeededRandom } from '../../environment/random.ts';
import { type Address, formatAddress, parseAddress } from '../../wire/address.ts';
import { encodeNtp, type NtpPacket, parseNtp, timestampOf } from '../../wire/ntp.ts';
import { FakeUdp, type Sent } from '../fixture/fake-udp.ts';
import { TimeClient } from './client.ts';

const address = (text: string) => parseAddress(text) as Address;
const start = Date.UTC(2026, 10, 24);

/** A client whose clock is `error` milliseconds ahead of the true time, and servers that know that. */
function bench({ error = 0, truth = start, delays = [20] as readonly number[] } = {}) {
  const clock = new SteppedClock();
  const udp = new FakeUdp();
  const log: string[] = [];
  const steps: number[] = [];
  const slews: [offset: number, interval: number][] = [];
  const names = new Map([['time.example', [address('192.0.2.123'), address('2001:db8::123')]]]);
  let ahead = error;
  const now = () => truth + clock.now;
  const wallClock = () => now() + ahead;
  const client = new TimeClient({
    clock,
    random: new SeededRandom(5),
    udp,
    wallClock,
    resolve: async (name) => {
      const found = names.get(name);
      if (found === undefined) throw new Error(name);
      return found;
    },
    step: (offset) => {
      steps.push(Math.round(offset));
      ahead += offset;
    },
    slew: (offset, interval) => {
      slews.push([Math.round(offset), interval]);
      ahead += offset;
    },
    log: (_, message) => log.push(message),
  });
  let count = 0;
  const server = {
    /** What is changed in answers, or undefined for none. */
    answer: (_: Sent): Partial<NtpPacket> | undefined => ({}),
  };
  udp.onSent = (sent) => {
    const delay = delays[count++ % delays.length] as number;
    const change = server.answer(sent);
    const question = parseNtp(sent.payload) as NtpPacket;
    if (change === undefined) return;
    // All of the delay is on the way there, so that a long way means a wrong offset.
    clock
      .timer(() => {
        const time = timestampOf(now());
        const packet = {
          leap: 0,
          version: 4,
          mode: 4,
          stratum: 2,
          poll: 6,
          precision: -20,
          rootDelay: 0.01,
          rootDispersion: 0.01,
          reference: 'abcd',
          referenceTime: time,
          origin: question.transmit,
          receive: time,
          transmit: time,
          ...change,
        };
        sent.socket.deliver(encodeNtp(packet), sent.remote);
      })
      .setIn(delay);
  };
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  const pass = async (seconds: number) => {
    const end = clock.now + 1000 * seconds;
    for (;;) {
      await settle();
      if (clock.next > end) break;
      clock.advance(clock.next);
    }
    clock.advance(end);
    await settle();
  };
  const adrift = () => Math.round(ahead);
  const asked = () => udp.sent.map(({ remote }) => formatAddress(remote.address));
  return {
    client,
    clock,
    udp,
    log,
    steps,
    slews,
    server,
    pass,
    adrift,
    asked,
    push: (by: number) => {
      ahead += by;
    },
  };
}

describe('the time', () => {
  it('is set from the best of four measurements', async () => {
    const { client, pass, steps, slews, udp, adrift, log } = bench({ error: -500, delays: [300, 20, 100, 200] });
    client.setServers(['192.0.2.123']);
    client.start();
    expect(client.status()).toBeNull();
    await pass(10);
    expect(udp.sent).toHaveLength(4);
    // Half of the shortest delay is what one way alone makes wrong.
    expect(steps).toEqual([510]);
    expect(slews).toEqual([]);
    expect(adrift()).toBe(10);
    expect(client.status()).toEqual({
      server: '192.0.2.123',
      offset: expect.closeTo(0.51, 2),
      roundTrip: expect.closeTo(0.02, 3),
    });
    expect(log.join(' ')).toMatch(/0\.510 s slow.*follows 192\.0\.2\.123/);
    expect(udp.unclosed).toHaveLength(0);
  });

  it('that is far off is set at once', async () => {
    const { client, pass, steps, adrift } = bench({ error: -start });
    client.setServers(['192.0.2.123']);
    client.start();
    await pass(0.1);
    expect(steps).toEqual([start + 10]);
    await pass(10);
    expect(steps).toHaveLength(1);
    expect(adrift()).toBe(10);
  });

  it('that is nearly right is only made to run faster or slower', async () => {
    const { client, pass, steps, slews } = bench({ error: 100 });
    client.setServers(['192.0.2.123']);
    client.start();
    await pass(10);
    expect(steps).toEqual([]);
    expect(slews).toEqual([[-90, 64]]);
  });

  it('is looked at once a poll, and less often while it is steady', async () => {
    const { client, pass, slews, udp, push } = bench({ delays: [20] });
    client.setServers(['192.0.2.123']);
    client.start();
    await pass(7);
    const boot = udp.sent.length;
    await pass(64);
    expect(udp.sent.length).toBe(boot + 1);
    await pass(20_000);
    expect(slews.at(-1)?.[1]).toBe(1024);
    const steady = udp.sent.length;
    await pass(10_240);
    expect(udp.sent.length - steady).toBe(10);
    push(100);
    await pass(1100);
    expect(slews.at(-1)?.[1]).toBe(512);
  });

  it('that jumps is set when a second look finds the same', async () => {
    const { client, pass, steps, push, adrift } = bench();
    client.setServers(['192.0.2.123']);
    client.start();
    await pass(10);
    push(-3_600_000);
    await pass(64);
    await pass(20);
    expect(steps).toHaveLength(1);
    expect(Math.abs(adrift())).toBeLessThan(30);
  });

  it('goes on into the second era', async () => {
    const after = Date.UTC(2036, 1, 8);
    const { client, pass, steps } = bench({ truth: after, error: -after });
    client.setServers(['192.0.2.123']);
    client.start();
    await pass(1);
    expect(steps).toEqual([after + 10]);
  });
});

describe('answers', () => {
  it.each<[string, Partial<NtpPacket>]>([
    ['of a server that is not synchronised', { leap: 3 }],
    ['of stratum 16', { stratum: 16 }],
    ['with another version', { version: 1 }],
    ['from far away', { rootDelay: 20 }],
    ['without a time', { transmit: 0n }],
    ['that go back in time', { receive: 0xffff_ffff_0000_0000n, transmit: 0xefff_ffff_0000_0000n }],
    ['to another question', { origin: 1n }],
    ['of a client', { mode: 3 }],
  ])('are not believed: %s', async (_, change) => {
    const { client, pass, steps, slews, server, asked } = bench({ error: -5000 });
    client.setServers(['192.0.2.123', '192.0.2.124']);
    server.answer = ({ remote }) => (remote.address === address('192.0.2.123') ? change : undefined);
    client.start();
    await pass(11);
    expect(steps).toEqual([]);
    expect(slews).toEqual([]);
    expect(asked().slice(0, 3)).toEqual(['192.0.2.123', '192.0.2.123', '192.0.2.124']);
  });

  it('of others are not even looked at', async () => {
    const { client, pass, udp, server, steps } = bench({ error: -5000 });
    server.answer = () => undefined;
    client.setServers(['192.0.2.123']);
    client.start();
    await pass(0);
    const [sent] = udp.sent;
    const forged = encodeNtp({
      ...(parseNtp(sent?.payload as Uint8Array) as NtpPacket),
      mode: 4,
      stratum: 1,
      origin: (parseNtp(sent?.payload as Uint8Array) as NtpPacket).transmit,
      receive: 1n << 32n,
      transmit: 1n << 32n,
    });
    sent?.socket.deliver(forged, { address: address('192.0.2.66'), port: 123 });
    sent?.socket.deliver(forged, { address: address('192.0.2.123'), port: 124 });
    expect(steps).toEqual([]);
  });

  it('never make it throw, whatever the bytes', async () => {
    const { client, pass, udp, server } = bench();
    server.answer = () => undefined;
    client.setServers(['192.0.2.123']);
    client.start();
    await pass(0);
    const [sent] = udp.sent;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.boolean(), (bytes, plausible) => {
        if (plausible && bytes.length >= 48 && sent !== undefined) {
          bytes[0] = 0x23;
          bytes.set(sent.payload.subarray(40, 48), 24);
        }
        sent?.socket.deliver(bytes, sent.remote);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('servers', () => {
  it('are tried one after another, each name at all its addresses, and all again later', async () => {
    const { client, pass, server, asked, clock } = bench();
    server.answer = () => undefined;
    client.setServers(['nobody.example', 'time.example']);
    client.start();
    await pass(30);
    expect(asked().slice(0, 5)).toEqual([
      '192.0.2.123',
      '192.0.2.123',
      '2001:db8::123',
      '2001:db8::123',
      '192.0.2.123',
    ]);
    server.answer = () => ({});
    const before = clock.now;
    client.networkChanged();
    await pass(10);
    expect(client.status()?.server).toMatch(/^time\.example \((192\.0\.2|2001:db8:):?.?123\)$/);
    expect(clock.now - before).toBe(10_000);
  });

  it('that cannot be reached are passed over at once', async () => {
    const { client, pass, udp, asked } = bench();
    udp.unreachable.add(address('192.0.2.123'));
    client.setServers(['192.0.2.123', '192.0.2.124']);
    client.start();
    await pass(2.5);
    expect(asked()[0]).toBe('192.0.2.124');
  });

  it('whose neighbour cannot be found are passed over as soon as that is known', async () => {
    const { client, pass, server, udp, asked } = bench();
    server.answer = () => undefined;
    client.setServers(['192.0.2.123', '192.0.2.124']);
    client.start();
    await pass(0);
    udp.sent[0]?.socket.onError?.({ address: address('192.0.2.1'), port: 0 }, { kind: 'no-neighbour' });
    await pass(1);
    expect(udp.unclosed).toHaveLength(1);
    udp.sent[0]?.socket.onError?.({ address: address('192.0.2.123'), port: 0 }, { kind: 'no-neighbour' });
    await pass(0);
    expect(udp.unclosed).toHaveLength(0);
    await pass(5);
    expect(asked()).toEqual(['192.0.2.123', '192.0.2.123', '192.0.2.124']);
  });

  it('that deny are not asked again; those that ask for patience get it', async () => {
    const { client, pass, server, asked, log } = bench();
    server.answer = ({ remote }) => ({
      stratum: 0,
      reference: remote.address === address('192.0.2.123') ? 'DENY' : 'RATE',
    });
    client.setServers(['192.0.2.123', '192.0.2.124']);
    client.start();
    await pass(127);
    expect(asked()).toEqual(['192.0.2.123', '192.0.2.124']);
    await pass(200);
    expect(asked()).toEqual(['192.0.2.123', '192.0.2.124', '192.0.2.124']);
    expect(log.join(' ')).toMatch(/DENY.*RATE/);
  });

  it('may come later, change and go', async () => {
    const { client, pass, asked, udp, slews } = bench();
    client.start();
    await pass(10);
    expect(asked()).toEqual([]);
    client.setServers(['192.0.2.123']);
    await pass(10);
    expect(slews).toHaveLength(1);
    client.setServers(['192.0.2.123']);
    const before = asked().length;
    await pass(1);
    expect(asked()).toHaveLength(before);
    client.setServers(['192.0.2.124']);
    expect(asked().at(-1)).toBe('192.0.2.124');
    client.stop();
    await pass(10_000);
    expect(asked()).toHaveLength(before + 1);
    expect(udp.unclosed).toHaveLength(0);
  });
});
