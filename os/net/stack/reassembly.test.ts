import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../environment/clock.ts';
import { type FragmentPart, Reassembly } from './reassembly.ts';

function bench() {
  const clock = new SteppedClock();
  let failures = 0;
  const reassembly = new Reassembly(clock, () => {
    failures += 1;
  });
  return { clock, reassembly, failures: () => failures };
}

const whole = Uint8Array.from({ length: 100 }, (_, index) => index);

/** Bytes `from` to `to` of the whole. */
function part(from: number, to: number, key = 'a', bytes = whole): FragmentPart {
  return { key, offset: from, more: to < bytes.length, bytes, start: from, end: to };
}

describe('fragments', () => {
  it('in whatever order, and doubled, make the packet', () => {
    const cuts = fc.uniqueArray(
      fc.integer({ min: 1, max: 12 }).map((unit) => unit * 8),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat(1000)), (places, numbers) => {
        const { reassembly } = bench();
        const edges = [0, ...places.toSorted((a, b) => a - b), 100];
        const parts = edges.slice(1).map((to, index) => part(edges[index] as number, to));
        fc.pre(parts.length > 1);
        const shuffled = parts
          .flatMap((each, index) => (index % 3 === 0 ? [each, each] : [each]))
          .map((each) => ({ each, place: numbers.next().value as number }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ each }) => each);
        const results = shuffled.map((each) => reassembly.add(each));
        expect(results.filter((result) => typeof result !== 'string')).toEqual([whole]);
      }),
    );
  });

  it('of different packets do not mix', () => {
    const { reassembly } = bench();
    const other = whole.map((byte) => 255 - byte);
    reassembly.add(part(0, 48, 'a'));
    reassembly.add(part(0, 48, 'b', other));
    expect(reassembly.add(part(48, 100, 'b', other))).toEqual(other);
    expect(reassembly.add(part(48, 100, 'a'))).toEqual(whole);
    expect(reassembly.stored).toBe(0);
  });

  it.each<[string, FragmentPart[]]>([
    ['overlap at the front', [part(16, 48), part(8, 24)]],
    ['overlap at the back', [part(0, 24), part(16, 48)]],
    ['are within others', [part(0, 48), part(16, 24)]],
    ['are around others', [part(16, 24), part(0, 48)]],
    [
      'are the same place with other bytes',
      [
        part(0, 24),
        part(
          0,
          24,
          'a',
          whole.map((byte) => byte ^ 1),
        ),
      ],
    ],
    ['are behind the end', [{ ...part(16, 48), more: false }, part(48, 56)]],
    ['are before an end that comes too early', [part(48, 56), { ...part(0, 48), more: false }]],
    ['end twice', [{ ...part(48, 56), more: false }, part(56, 100)]],
    ['are not whole units', [{ ...part(0, 23), more: true }]],
    ['are empty', [{ ...part(8, 8), more: true }]],
    ['are longer than any packet', [{ ...part(0, 100), offset: 65_528 }]],
  ])('that %s spoil the packet: RFC 5722', (_, parts) => {
    const { reassembly } = bench();
    expect(parts.map((each) => reassembly.add(each)).at(-1)).toBe('failed');
    expect(reassembly.stored).toBe(0);
  });

  it('may make the longest packet', () => {
    const { reassembly } = bench();
    const bytes = new Uint8Array(65_535).fill(7);
    let result: ReturnType<Reassembly['add']> = 'incomplete';
    for (let offset = 0; offset < bytes.length; offset += 1480) {
      result = reassembly.add(part(offset, Math.min(bytes.length, offset + 1480), 'a', bytes));
    }
    expect(result).toEqual(bytes);
  });

  it('are waited for a minute', () => {
    const { clock, reassembly, failures } = bench();
    reassembly.add(part(0, 48, 'a'));
    clock.advance(30_000);
    reassembly.add(part(0, 48, 'b'));
    clock.advance(59_999);
    expect(failures()).toBe(0);
    clock.advance(60_000);
    expect(failures()).toBe(1);
    expect(reassembly.add(part(48, 100, 'b'))).toEqual(whole);
    expect(reassembly.add(part(48, 100, 'a'))).toBe('incomplete');
  });

  it('of a hundred thousand packets that never become whole take bounded memory, and honest ones get through', () => {
    const { reassembly } = bench();
    let most = 0;
    for (let index = 0; index < 100_000; index++) {
      reassembly.add(part(0, 48, `attack ${index}`));
      most = Math.max(most, reassembly.stored);
    }
    expect(most).toBeLessThan(64 * 1024);
    reassembly.add(part(0, 48));
    expect(reassembly.add(part(48, 100))).toEqual(whole);
  });

  it('that are large take bounded memory too', () => {
    const { reassembly } = bench();
    const bytes = new Uint8Array(65_535);
    let most = 0;
    for (let index = 0; index < 64; index++) {
      for (let offset = 0; offset < 60_000; offset += 1480)
        reassembly.add(part(offset, offset + 1480, `${index}`, bytes));
      most = Math.max(most, reassembly.stored);
    }
    expect(most).toBeLessThan(2.2 * 1024 * 1024);
  });

  it('of eight bytes each are not collected without end', () => {
    const { reassembly } = bench();
    const bytes = new Uint8Array(65_535);
    const results = new Set<unknown>();
    for (let offset = 0; offset < 60_000; offset += 16)
      results.add(reassembly.add(part(offset, offset + 8, 'a', bytes)));
    expect(results).toContain('failed');
    expect(reassembly.stored).toBeLessThan(64 * 1024);
  });
});
