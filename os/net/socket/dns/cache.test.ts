import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../environment/clock.ts';
import { type Address, parseAddress } from '../../wire/address.ts';
import { addressRecord } from '../../wire/dns/record.ts';
import type { Answer } from './answer.ts';
import { AnswerCache } from './cache.ts';

const alias = (ttl: number): Answer => ({ kind: 'alias', target: 'a', ttl });

describe('the cache', () => {
  it('holds a thousand answers, and lets go of what was not used for longest', () => {
    const cache = new AnswerCache(new SteppedClock());
    for (let index = 0; index < 1000; index++) cache.put(String(index), alias(60));
    expect(cache.get('0')).toBeDefined();
    cache.put('more', alias(60));
    expect(cache.size).toBe(1000);
    expect([cache.get('0'), cache.get('1')]).toEqual([alias(60), undefined]);
  });

  it('does not hold what is no longer true, never was to be held, or is too much', () => {
    const clock = new SteppedClock();
    const cache = new AnswerCache(clock);
    const record = addressRecord('a', parseAddress('192.0.2.1') as Address, 60);
    cache.put('much', { kind: 'found', ttl: 60, records: Array.from({ length: 65 }, () => record) });
    cache.put('never', alias(0));
    cache.put('short', alias(1));
    clock.advance(1000);
    expect(['much', 'never', 'short'].map((key) => cache.get(key))).toEqual([undefined, undefined, undefined]);
    expect(cache.size).toBe(0);
  });
});
