import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../environment/clock.ts';
import { SeededRandom } from '../environment/random.ts';
import { formatAddress } from '../wire/address.ts';
import type { MacAddress } from '../wire/mac.ts';
import { at, macOf } from './fixture/lan.ts';
import { type Neighbour, NeighbourCache, type NeighbourState } from './neighbours.ts';

const address = at('fe80::7');
const [mac, other] = [macOf(7), macOf(8)];

function bench() {
  const clock = new SteppedClock();
  const asked: string[] = [];
  let failures = 0;
  const cache = new NeighbourCache(clock, new SeededRandom(1), {
    solicit: (target, to) => asked.push(`${formatAddress(target)} ${to === undefined ? 'all' : 'one'}`),
    onFailure: () => {
      failures += 1;
    },
    onOverflow: () => {},
  });
  const pass = (milliseconds: number) => clock.advance(clock.now + milliseconds);
  const state = (of = address) => {
    const neighbour = cache.get(of);
    return neighbour && cache.stateOf(neighbour);
  };
  /** An entry in a state, as it comes about. */
  const inState = (wanted: NeighbourState): Neighbour => {
    const neighbour = cache.resolve(address);
    if (wanted === 'incomplete') return neighbour;
    if (wanted === 'failed') {
      pass(3000);
      return neighbour;
    }
    cache.learn(address, mac, { solicited: true, override: true, create: false });
    if (wanted === 'reachable') return neighbour;
    pass(60_000);
    if (wanted === 'stale') return neighbour;
    cache.use(neighbour);
    if (wanted === 'probe') pass(5000);
    return neighbour;
  };
  return { clock, cache, asked, failures: () => failures, pass, state, inState };
}

describe('the states of a neighbour', () => {
  it.each<NeighbourState>(['incomplete', 'reachable', 'stale', 'delay', 'probe', 'failed'])('can be %s', (wanted) => {
    const { inState, state } = bench();
    inState(wanted);
    expect(state()).toBe(wanted);
  });

  /** RFC 4861, appendix C: an advertisement, what it says, and the state and address after it. */
  it.each<[NeighbourState, { solicited: boolean; override: boolean; same: boolean }, NeighbourState, 'mac' | 'other']>([
    ['incomplete', { solicited: true, override: true, same: true }, 'reachable', 'mac'],
    ['incomplete', { solicited: true, override: false, same: true }, 'reachable', 'mac'],
    ['incomplete', { solicited: false, override: true, same: true }, 'stale', 'mac'],
    ['incomplete', { solicited: false, override: false, same: true }, 'stale', 'mac'],
    ...(['reachable', 'stale', 'delay', 'probe'] as const).flatMap(
      (state) =>
        [
          [state, { solicited: true, override: false, same: true }, 'reachable', 'mac'],
          [state, { solicited: true, override: true, same: true }, 'reachable', 'mac'],
          [state, { solicited: true, override: true, same: false }, 'reachable', 'other'],
          [state, { solicited: false, override: true, same: false }, 'stale', 'other'],
          [state, { solicited: false, override: true, same: true }, state, 'mac'],
          [state, { solicited: false, override: false, same: true }, state, 'mac'],
          [state, { solicited: true, override: false, same: false }, state === 'reachable' ? 'stale' : state, 'mac'],
          [state, { solicited: false, override: false, same: false }, state === 'reachable' ? 'stale' : state, 'mac'],
        ] as [
          NeighbourState,
          { solicited: boolean; override: boolean; same: boolean },
          NeighbourState,
          'mac' | 'other',
        ][],
    ),
  ])('%s, advertised as %o, becomes %s', (before, { same, ...how }, after, expected) => {
    const { cache, inState, state } = bench();
    inState(before);
    cache.learn(address, same ? mac : other, { ...how, create: false });
    expect(state()).toBe(after);
    expect(cache.get(address)?.mac).toBe(expected === 'mac' ? mac : other);
  });

  it('change with time: delay, three probes, failure, and nothing', () => {
    const { asked, failures, inState, pass, state } = bench();
    inState('delay');
    asked.length = 0;
    pass(4999);
    expect([state(), asked]).toEqual(['delay', []]);
    pass(1);
    expect([state(), asked]).toEqual(['probe', ['fe80::7 one']]);
    pass(2999);
    expect([state(), asked.length]).toEqual(['probe', 3]);
    pass(1);
    expect([state(), failures()]).toEqual(['failed', 1]);
    pass(3000);
    expect(state()).toBeUndefined();
  });

  it('are confirmed and doubted by protocols above', () => {
    const { asked, cache, inState, state } = bench();
    const neighbour = inState('delay');
    cache.confirm(neighbour);
    expect(state()).toBe('reachable');
    cache.doubt(neighbour);
    expect([state(), asked.at(-1)]).toEqual(['probe', 'fe80::7 one']);
    cache.confirm(neighbour);
    expect(state()).toBe('reachable');
  });

  it('of nobody do not become known by being confirmed', () => {
    const { cache, inState, state } = bench();
    cache.confirm(inState('incomplete'));
    expect(state()).toBe('incomplete');
    const failed = bench();
    failed.cache.confirm(failed.inState('failed'));
    expect(failed.state()).toBe('failed');
  });

  it('are not made by what nobody asked for', () => {
    const { cache } = bench();
    expect(cache.learn(address, mac, { solicited: true, override: true, create: false })).toBeUndefined();
    expect([...cache]).toEqual([]);
  });
});

describe('packets that wait', () => {
  const packet = (length: number, said: string[]) => ({
    length,
    send: (to: MacAddress) => said.push(`sent ${to === mac}`),
    fail: () => said.push('failed'),
  });

  it('are sent when the neighbour is found, or fail when it is not', () => {
    const { cache, inState, pass } = bench();
    const said: string[] = [];
    const neighbour = inState('incomplete');
    cache.wait(neighbour, packet(10, said));
    cache.learn(address, mac, { solicited: false, override: false, create: false });
    expect(said).toEqual(['sent true']);
    cache.forget(address);
    cache.wait(inState('incomplete'), packet(10, said));
    pass(3000);
    expect(said).toEqual(['sent true', 'failed']);
    cache.wait(cache.resolve(address), packet(10, said));
    expect(said).toHaveLength(3);
  });

  it('are the last ones of many, in number and in bytes', () => {
    const { cache, inState } = bench();
    const neighbour = inState('incomplete');
    for (let index = 0; index < 100; index++) cache.wait(neighbour, packet(10, []));
    expect(neighbour.waiting).toHaveLength(16);
    for (let index = 0; index < 100; index++) cache.wait(neighbour, packet(60_000, []));
    expect(neighbour.waiting).toHaveLength(1);
  });
});

describe('a flood', () => {
  it('of addresses that are not there leaves those that are', () => {
    const { cache, inState, state } = bench();
    inState('reachable');
    for (let index = 0; index < 10_000; index++) cache.resolve(at(`fe80::1:${index.toString(16)}`));
    expect([...cache].length).toBeLessThanOrEqual(257);
    expect(state()).toBe('reachable');
  });

  it('of strangers who say that they are there leaves those that are used', () => {
    const { cache, inState, state } = bench();
    inState('reachable');
    for (let index = 0; index < 10_000; index++) {
      cache.learn(at(`fe80::1:${index.toString(16)}`), other, { solicited: false, override: true, create: true });
    }
    expect([...cache].length).toBeLessThanOrEqual(1024);
    expect(state()).toBe('reachable');
  });
});
