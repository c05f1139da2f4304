import { describe, expect, it } from 'vitest';
import { echoOf, echoRest, emitIcmp, icmpHeader, nextHopMtu, parseIcmp } from './icmp.ts';

describe('an ICMP message', () => {
  it('is read as it was written', () => {
    const bytes = new Uint8Array(12);
    emitIcmp(bytes, 1, 8, 0, echoRest(0xfedc, 0xba98));
    const message = parseIcmp(bytes, 1, 12);
    expect(message).toEqual({ type: 8, code: 0, rest: 0xfedcba98, start: 1 + icmpHeader, end: 12 });
    expect(echoOf(message?.rest ?? 0)).toEqual({ identifier: 0xfedc, sequence: 0xba98 });
  });

  it('is at least as long as its header', () => {
    expect(parseIcmp(new Uint8Array(8), 0, 7)).toBeUndefined();
    expect(parseIcmp(new Uint8Array(8), 0, 8)).toMatchObject({ start: 8, end: 8 });
  });

  it('names the MTU of the next hop in its last two bytes: RFC 1191, section 4', () => {
    expect(nextHopMtu({ type: 3, code: 4, rest: 0xffff0500, start: 0, end: 0 })).toBe(1280);
  });

  it('counts echoes beyond what fits', () => {
    expect(echoOf(echoRest(7, 65_536 + 3))).toEqual({ identifier: 7, sequence: 3 });
  });
});
