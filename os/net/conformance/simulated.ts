/** A world of two of our stacks on a switch in memory, in virtual time: the same run for the same seed. */
import { SteppedClock } from '../environment/clock.ts';
import { SeededRandom } from '../environment/random.ts';
import type { Conditions } from '../link/conditions.ts';
import { CapturingLink } from '../link/pcapng/capturing-link.ts';
import { Switch } from '../link/pipe.ts';
import { createTcp } from '../socket/tcp/tcp.ts';
import { Stack } from '../stack/stack.ts';
import { parseAddress } from '../wire/address.ts';
import { parseMac } from '../wire/mac.ts';
import { recordInto } from './capture-file.ts';
import type { World } from './ends.ts';
import { stackEnd } from './stack-end.ts';

export interface Simulation {
  readonly family: 4 | 6;
  readonly seed: number;
  readonly conditions?: Conditions;
  readonly mtu?: number;
  readonly bulk: number;
  readonly many: number;
  /** Of the capture, if captures are wanted. */
  readonly name?: string;
}

const places = {
  4: { addresses: ['192.0.2.1', '192.0.2.2'], nobody: '192.0.2.99', prefixLength: 24 },
  6: { addresses: ['2001:db8::1', '2001:db8::2'], nobody: '2001:db8::99', prefixLength: 64 },
} as const;

/** A day: whatever takes longer never ends. */
const longest = 86_400_000;

/** Lets the cases run in the world; their time passes as fast as it can. @throws what they throw, or when nothing happens any more */
export async function simulate(simulation: Simulation, cases: (world: World) => Promise<void>): Promise<void> {
  const { family, seed, conditions = {}, mtu = 1500, bulk, many, name } = simulation;
  const clock = new SteppedClock(1000);
  const random = new SeededRandom(seed);
  const wire = new Switch(clock, random);
  const { addresses, nobody, prefixLength } = places[family];
  const hosts = addresses.map((text, number) => {
    const [address, mac] = [parseAddress(text), parseMac(`02:00:00:00:00:0${number + 1}`)];
    if (address === undefined || mac === undefined) throw new Error(`${text} is no address`);
    const port = wire.port(`eth${number}`, mac, { mtu, conditions });
    const link = new CapturingLink(port);
    const stack = new Stack({ clock, random }, { onChange: () => {}, onDuplicate: () => {}, onLinkChange: () => {} });
    const tcp = createTcp({ clock, random, network: stack, onCallbackError: defect });
    stack.attachTcp(tcp);
    stack.addInterface(link).addresses.add({
      address,
      prefixLength,
      origin: 'static',
      validUntil: Number.POSITIVE_INFINITY,
      preferredUntil: Number.POSITIVE_INFINITY,
    });
    return { link, port, end: stackEnd({ stack, tcp, turn: (work) => work() }) };
  });
  const [ours, theirs] = hosts as [(typeof hosts)[number], (typeof hosts)[number]];
  const endRecording = name === undefined ? () => {} : recordInto(name, [ours.link, theirs.link], () => clock.now);
  const world: World = {
    ours: ours.end,
    theirs: theirs.end,
    ourAddress: addresses[0],
    theirAddress: addresses[1],
    nobody,
    pass: (milliseconds) => new Promise((resolve) => clock.timer(resolve).setIn(milliseconds)),
    cut: (isCut) => {
      const state = isCut ? { ...conditions, loss: 1 } : conditions;
      ours.port.conditions = state;
      theirs.port.conditions = state;
    },
    bulk,
    many,
  };
  try {
    await played(clock, cases(world));
  } finally {
    endRecording();
  }
}

/** Moves the clock from event to event until the work is done. */
async function played(clock: SteppedClock, work: Promise<void>): Promise<void> {
  let over = false;
  const end = work.finally(() => {
    over = true;
  });
  end.catch(() => {});
  const limit = clock.now + longest;
  for (;;) {
    // Whoever waits for what has just happened goes on first.
    await new Promise((resolve) => setImmediate(resolve));
    if (over) return await end;
    if (clock.next > limit) throw new Error('the cases wait for something that never happens');
    clock.advance(clock.next);
  }
}

function defect(error: unknown): never {
  throw error;
}
