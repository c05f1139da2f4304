import { describe, expect, it } from 'vitest';
import { sipHash } from './siphash.ts';

describe('SipHash-2-4', () => {
  it('gives the reference vectors of its authors', () => {
    const key = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c] as const;
    expect(sipHash(key, [])).toBe(0xdd0e0e31);
    expect(sipHash(key, [0x03020100])).toBe(0x277187b7);
    expect(sipHash(key, [0x03020100, 0x07060504])).toBe(0x9a932462);
  });
});
