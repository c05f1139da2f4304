import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../environment/clock.ts';
import { at } from './fixture/lan.ts';
import { PathMtus } from './path-mtu.ts';

const [near, far] = [at('192.0.2.1'), at('2001:db8::1')];

function mtus() {
  const clock = new SteppedClock();
  let widened = 0;
  const paths = new PathMtus(clock, () => {
    widened += 1;
  });
  return { clock, paths, widened: () => widened };
}

describe('path MTUs', () => {
  it('are what the link has until a router says otherwise', () => {
    const { paths } = mtus();
    expect(paths.get(near, 1500)).toBe(1500);
    expect(paths.lower(near, 1400, 1500)).toBe(true);
    expect([paths.get(near, 1500), paths.get(near, 1300), paths.get(far, 1500)]).toEqual([1400, 1300, 1500]);
  });

  it('go down only, and never below what is honest: RFC 8201, section 4', () => {
    const { paths } = mtus();
    expect(paths.lower(near, 1000, 1500)).toBe(true);
    expect(paths.lower(near, 1400, 1500)).toBe(false);
    expect(paths.lower(near, 68, 1500)).toBe(true);
    expect(paths.get(near, 1500)).toBe(552);
    paths.lower(far, 600, 1500);
    expect(paths.get(far, 1500)).toBe(1280);
    expect(paths.lower(far, 1, 1500)).toBe(false);
  });

  it('are not lowered for a packet that would have fitted: RFC 5927, section 7.2', () => {
    const { paths } = mtus();
    expect(paths.lower(near, 1400, 1400)).toBe(false);
    expect(paths.lower(near, 1400, 600)).toBe(false);
  });

  it('are guessed where the router says nothing: RFC 1191, section 7.1', () => {
    const { paths } = mtus();
    const sizes: number[] = [];
    for (let sent = 65_535; paths.lower(near, 0, sent); sent = paths.get(near, 65_535))
      sizes.push(paths.get(near, 65_535));
    expect(sizes).toEqual([32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 552]);
  });

  it('are tried again after ten minutes, and paths are told', () => {
    const { clock, paths, widened } = mtus();
    paths.lower(near, 1400, 1500);
    clock.advance(300_000);
    paths.lower(far, 1400, 1500);
    clock.advance(600_000);
    expect([paths.get(near, 1500), paths.get(far, 1500), widened()]).toEqual([1500, 1400, 1]);
    clock.advance(900_000);
    expect([paths.get(far, 1500), widened(), paths.size]).toEqual([1500, 2, 0]);
  });

  it('are remembered of a bounded number of destinations', () => {
    const { paths } = mtus();
    for (let index = 0; index < 5000; index++) paths.lower(at(`10.0.${index >> 8}.${index & 255}`), 1400, 1500);
    expect(paths.size).toBe(1024);
    expect(paths.get(at('10.0.19.135'), 1500)).toBe(1400);
  });
});
