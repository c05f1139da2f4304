import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteppedClock, type Timer } from './clock.ts';

describe('a clock that is moved', () => {
  it('lets timers expire in the order of their deadlines, each at its own time', () => {
    const clock = new SteppedClock(5);
    const seen: string[] = [];
    const timer = (name: string) => clock.timer(() => seen.push(`${name} ${clock.now}`));
    for (const [name, at] of [
      ['c', 30],
      ['a', 10],
      ['d', 30],
      ['b', 20],
      ['late', 100],
    ] as const) {
      timer(name).setAt(at);
    }
    expect(clock.next).toBe(10);
    clock.advance(50);
    expect(seen).toEqual(['a 10', 'b 20', 'c 30', 'd 30']);
    expect(clock.now).toBe(50);
  });

  it('never runs backwards', () => {
    const clock = new SteppedClock(100);
    clock.advance(50);
    const times: number[] = [];
    clock.timer(() => times.push(clock.now)).setAt(20);
    clock.advance(100);
    expect(times).toEqual([100]);
  });

  it('lets a timer be moved, cleared, and set again by its own expiry', () => {
    const clock = new SteppedClock();
    const ticks: number[] = [];
    const ticker: Timer = clock.timer(() => {
      ticks.push(clock.now);
      if (ticks.length < 3) ticker.setIn(10);
    });
    ticker.setIn(10);
    ticker.setIn(5);
    ticker.setIn(7);
    expect(ticker.deadline).toBe(7);
    const never = clock.timer(() => expect.unreachable());
    never.setIn(1);
    never.clear();
    expect(never.deadline).toBe(Number.POSITIVE_INFINITY);
    clock.advance(1000);
    expect(ticks).toEqual([7, 17, 27]);
    expect(clock.next).toBe(Number.POSITIVE_INFINITY);
  });

  it('lets an expiry clear and set other timers of the same moment', () => {
    const clock = new SteppedClock();
    const seen: string[] = [];
    const third = clock.timer(() => seen.push('third'));
    const second = clock.timer(() => seen.push('second'));
    const first = clock.timer(() => {
      second.clear();
      third.setIn(0);
    });
    first.setAt(10);
    second.setAt(10);
    clock.advance(10);
    expect(seen).toEqual(['third']);
  });

  it('an expiry that throws leaves the others', () => {
    const clock = new SteppedClock();
    const seen: number[] = [];
    clock
      .timer(() => {
        throw new Error('of one');
      })
      .setAt(1);
    clock.timer(() => seen.push(clock.now)).setAt(2);
    expect(() => clock.advance(10)).toThrow('of one');
    clock.advance(10);
    expect(seen).toEqual([2]);
  });

  it('does what a list of all deadlines would do, whatever happens', () => {
    const step = fc.tuple(fc.nat(9), fc.constantFrom('set', 'set', 'clear', 'advance'), fc.nat(50));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = new SteppedClock();
        const fired: string[] = [];
        const deadlines = new Map<number, number>();
        const timers = Array.from({ length: 10 }, (_, index) => clock.timer(() => fired.push(`${index}@${clock.now}`)));
        const expected: string[] = [];
        for (const [index, action, amount] of steps) {
          if (action === 'set') {
            deadlines.set(index, clock.now + amount);
            timers[index]?.setIn(amount);
          } else if (action === 'clear') {
            deadlines.delete(index);
            timers[index]?.clear();
          } else {
            const until = clock.now + amount;
            for (const [each, at] of deadlines) {
              if (at > until) continue;
              expected.push(`${each}@${at}`);
              deadlines.delete(each);
            }
            expect(clock.next).toBeLessThanOrEqual(Math.min(Number.POSITIVE_INFINITY, ...deadlines.values()));
            clock.advance(until);
          }
        }
        expect(fired.toSorted()).toEqual(expected.toSorted());
        const times = fired.map((each) => Number(each.split('@')[1]));
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });

  it('has room for 100000 timers', () => {
    const clock = new SteppedClock();
    let fired = 0;
    let last = 0;
    for (let index = 0; index < 100_000; index++) {
      clock
        .timer(() => {
          if (clock.now < last) expect.unreachable();
          last = clock.now;
          fired += 1;
        })
        .setAt((index * 7919) % 100_003);
    }
    clock.advance(200_000);
    expect(fired).toBe(100_000);
  });

  it('does not collect what was set and moved before', () => {
    const clock = new SteppedClock();
    const timer = clock.timer(() => {});
    // Far away, then near, again and again: what a connection does with one timer for several purposes.
    for (let index = 0; index < 100_000; index++) {
      timer.setIn(7_200_000);
      timer.setIn(1);
      clock.advance(clock.now + 1);
    }
    expect(clock.size).toBeLessThan(200);
  });
});
