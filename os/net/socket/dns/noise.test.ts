import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../wire/address.ts';
import { type DnsMessage, parseDnsMessage } from '../../wire/dns/message.ts';
import { address, bench, ip } from './fixture/bench.ts';

describe('noise', () => {
  it('does not get past the question it does not know: forged datagrams of any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 19 }),
        fc.nat(0xffff),
        async (datagrams, otherId) => {
          const test = bench(() => undefined);
          const answer = test.resolver.lookup('a.example', 4);
          await Promise.resolve();
          const [sent] = test.udp.sent;
          const request = parseDnsMessage(sent?.payload ?? new Uint8Array()) as DnsMessage;
          const id = otherId === request.id ? otherId ^ 1 : otherId;
          for (const noise of datagrams) {
            // Half of them are perfect but for the id, which the forger must guess.
            const forged = test.reply({ ...request, id }, { answers: [ip('a.example', '203.0.113.66')] });
            sent?.socket.deliver(noise.length % 2 === 0 ? forged : noise, sent.remote);
          }
          sent?.socket.deliver(test.reply(request, { answers: [ip('a.example', '192.0.2.1')] }), sent.remote);
          expect((await test.run(answer)).map(formatAddress)).toEqual(['192.0.2.1']);
          expect(test.resolver.cached).toBe(1);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('from the server itself ends a lookup in time, whatever was changed in its answers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (changes, overTcp) => {
          const test = bench(() => undefined);
          const answers = [ip('a.example', '192.0.2.1'), ip('b.example', '192.0.2.2')];
          const changed = (payload: Uint8Array) => {
            const bytes = test.reply(parseDnsMessage(payload) as DnsMessage, {
              answers,
              truncated: overTcp && payload.length > 0,
            });
            // The id stays: what is right enough to be looked at.
            for (const [at, value] of changes) bytes[2 + (at % (bytes.length - 2))] = value;
            return bytes;
          };
          test.udp.onSent = ({ socket, payload, remote }) => {
            test.clock.timer(() => socket.deliver(changed(payload), remote)).setIn(5);
          };
          test.tcp.onConnection = (connection) => {
            test.clock
              .timer(() => {
                connection.events.onConnect?.();
                const bytes = changed(Uint8Array.from(connection.written).slice(2));
                connection.deliver(Uint8Array.from([0, bytes.length, ...bytes]));
                connection.events.onEnd?.();
              })
              .setIn(5);
          };
          test.resolver.setServers([{ address: address('192.0.2.53') }, { address: address('192.0.2.54') }]);
          const outcome = await test.run(
            test.resolver.lookup('a.example').then(
              (found) => found.length,
              (error) => error.code,
            ),
          );
          expect(outcome).toBeDefined();
          expect(test.clock.now).toBeLessThanOrEqual(20_000);
          // One family may have been answered while the other is still asked for.
          await test.pass(20_000);
          expect(test.udp.unclosed).toHaveLength(0);
        },
      ),
      { numRuns: 600 },
    );
  });
});
