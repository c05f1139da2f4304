import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../environment/random.ts';
import type { TcpState } from './connection.ts';
import { ScriptedPeer } from './fixture/scripted-peer.ts';

/** How a script gets to each state. */
const ways: Readonly<Record<string, (peer: ScriptedPeer) => void>> = {
  listen: (peer) => {
    peer.tcp.listen({ port: 80 }, { backlog: 4 });
  },
  'syn-sent': (peer) => {
    peer.connect();
  },
  'syn-received': (peer) => {
    peer.connect();
    peer.inject({ flags: 'S', sequence: 0, syn: {} });
  },
  established: (peer) => {
    const options = { sackPermitted: true, windowScale: 2, timestamps: { value: 5, echo: 0 } };
    peer.accept(options).write(Buffer.alloc(40_000));
  },
  'close-wait': (peer) => {
    const user = peer.accept();
    peer.inject({ flags: 'FA', sequence: 1, acknowledgement: 1 });
    user.write(Buffer.alloc(5000));
  },
  'fin-wait-1': (peer) => peer.accept().connection.finish(),
  'fin-wait-2': (peer) => {
    peer.accept().connection.finish();
    peer.inject({ sequence: 1, acknowledgement: 2 });
  },
  closing: (peer) => {
    peer.accept().connection.finish();
    peer.inject({ flags: 'FA', sequence: 1, acknowledgement: 1 });
  },
  'last-ack': (peer) => {
    const user = peer.accept();
    peer.inject({ flags: 'FA', sequence: 1, acknowledgement: 1 });
    user.connection.finish();
  },
  'time-wait': (peer) => {
    peer.accept().connection.finish();
    peer.inject({ flags: 'FA', sequence: 1, acknowledgement: 2 });
  },
} satisfies Partial<Record<TcpState, (peer: ScriptedPeer) => void>>;

const allFlags = ['A', 'PA', 'FA', 'S', 'SA', 'R', 'RA', 'F', '', 'FSRPA', 'SF'];

/** A segment that is nearly right: that goes deeper than noise. */
function randomSegment(peer: ScriptedPeer, random: SeededRandom): Uint8Array {
  const pick = (...values: number[]): number => values[random.uint32() % values.length] as number;
  const near = (): number => pick(0, 1, 2, 3, 1449, 5000, 14_481, 65_536, random.uint32()) + pick(-1, 0, 0, 1);
  const bytes = peer.build({
    flags: allFlags[random.uint32() % allFlags.length] as string,
    sequence: near(),
    acknowledgement: near(),
    payload: random.bytes(pick(0, 0, 1, 10, 100)),
    window: pick(0, 1, 500, 65_535),
    ...(random.uint32() % 3 === 0 && { sack: Array.from({ length: pick(2, 4, 6) }, near) }),
    ...(random.uint32() % 4 === 0 && { timestamps: { value: pick(4, 5, 6, random.uint32()), echo: random.uint32() } }),
    ...(random.uint32() % 8 === 0 && {
      syn: { windowScale: pick(0, 14, 255), sackPermitted: true, timestamps: { value: 9, echo: 0 } },
    }),
  });
  for (let flips = pick(0, 0, 0, 1, 3); flips > 0; flips--) {
    const at = random.uint32() % bytes.length;
    bytes[at] = random.uint32() & 0xff;
  }
  return random.uint32() % 16 === 0 ? bytes.subarray(0, random.uint32() % (bytes.length + 1)) : bytes;
}

describe('whatever arrives', () => {
  const trains = 100;
  const length = 25;
  for (const [state, arrange] of Object.entries(ways)) {
    it(`does no harm in ${state} (${trains * length} segments)`, () => {
      const random = new SeededRandom(state.length * 77);
      for (let train = 0; train < trains; train++) {
        const peer = new ScriptedPeer(train % 2 === 0 ? {} : { maxSegmented: 20_000 });
        arrange(peer);
        for (let index = 0; index < length; index++) {
          peer.injectBytes(randomSegment(peer, random));
          // However many timers: time goes on.
          if (index % 5 === 0) peer.pass(random.uint32() % 500);
        }
        for (const one of peer.tcp.list()) {
          if (!('remote' in one)) continue;
          const { receiveQueue, congestionWindow, retransmissionTimeout, sendQueue } = one.statistics;
          expect(receiveQueue).toBeLessThanOrEqual(131_072);
          expect(sendQueue).toBeLessThanOrEqual(40_000);
          expect(congestionWindow).toBeLessThan(10_000_000);
          expect(retransmissionTimeout).toBeLessThanOrEqual(60_000);
        }
        expect(peer.sent().length).toBeLessThan(length * 40);
      }
    });
  }
});
