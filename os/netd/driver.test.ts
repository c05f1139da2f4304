import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { SeededRandom } from '../net/environment/random.ts';
import { Switch } from '../net/link/pipe.ts';
import type { MacAddress } from '../net/wire/mac.ts';
import { Driver } from './driver.ts';

function scene() {
  const defects: string[] = [];
  let now = 100;
  const driver = new Driver(
    (error) => defects.push(error.message),
    () => now,
  );
  return {
    driver,
    defects,
    move: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

describe('the driver', () => {
  it('gives the stack the time of the turn, and once within it', () => {
    const { driver, move } = scene();
    move(50);
    driver.turn(() => {
      expect(driver.clock.now).toBe(150);
      move(1);
      driver.turn(() => expect(driver.clock.now).toBe(150));
    });
    driver.turn(() => expect(driver.clock.now).toBe(151));
  });

  it('wakes for the next timer, also for one that is set earlier later', async () => {
    vi.useFakeTimers();
    try {
      const { driver, move } = scene();
      const expired: number[] = [];
      const late = driver.clock.timer(() => expired.push(driver.clock.now));
      const early = driver.clock.timer(() => expired.push(driver.clock.now));
      driver.turn(() => late.setIn(500));
      await vi.advanceTimersByTimeAsync(1);
      driver.turn(() => early.setIn(20));
      for (let step = 0; step < 60; step++) {
        move(10);
        await vi.advanceTimersByTimeAsync(10);
      }
      expect(expired).toEqual([120, 600]);
      driver.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it('survives a stack that throws, says so once, and flushes at the end of the turn', async () => {
    const { driver, defects } = scene();
    const cable = new Switch(driver.clock, new SeededRandom(1));
    const port = cable.port('eth0', '\u0200\0\u0001' as MacAddress);
    const flush = vi.spyOn(port, 'flush');
    port.onFrame = () => {
      throw new Error('a defect');
    };
    driver.attach(port);
    port.onFrame(new Uint8Array(60), 0, 60, { checksum: 'unknown', segmentSize: 0 });
    port.onFrame(new Uint8Array(60), 0, 60, { checksum: 'unknown', segmentSize: 0 });
    expect(defects).toEqual(['a defect']);
    expect(flush).not.toHaveBeenCalled();
    await turn();
    expect(flush).toHaveBeenCalledTimes(1);
    driver.stop();
  });
});
