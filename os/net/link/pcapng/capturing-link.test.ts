import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '../../wire/address.ts';
import { checksum, fold, pseudoHeader, sum } from '../../wire/checksum.ts';
import { noMac } from '../../wire/mac.ts';
import type { FrameInfo, Unfinished } from '../link.ts';
import { CapturingLink } from './capturing-link.ts';
import { completeReceived, completeSent } from './completed.ts';
import { stillLink } from './fixture/still-link.ts';

const address = (text: string): Address => parseAddress(text) as Address;
const verified: FrameInfo = { checksum: 'verified', segmentSize: 0 };

/** A packet of that protocol with random payload, and its checksum: only the pseudo-header's sum, or complete. */
function packet(family: 4 | 6, protocol: 6 | 17, payload: Uint8Array) {
  const start = family === 4 ? 34 : 54;
  const offset = protocol === 6 ? 16 : 6;
  const header = protocol === 6 ? 20 : 8;
  const frame = new Uint8Array(start + header + payload.length);
  const view = new DataView(frame.buffer);
  const length = header + payload.length;
  if (family === 4) {
    view.setUint16(12, 0x0800);
    view.setUint16(14, 0x4500);
    view.setUint16(16, 20 + length);
    view.setUint8(23, protocol);
    frame.set([192, 0, 2, 1, 192, 0, 2, 2], 26);
  } else {
    view.setUint16(12, 0x86dd);
    view.setUint8(14, 0x60);
    view.setUint16(18, length);
    view.setUint8(20, protocol);
    frame.set([0x20, 1, 0xd, 0xb8], 22);
    frame.set([0x20, 1, 0xd, 0xb8, 9], 38);
  }
  frame.set(payload, start + header);
  const ends =
    family === 4 ? [address('192.0.2.1'), address('192.0.2.2')] : [address('2001:db8::'), address('2001:db8:900::')];
  const pseudo = fold(pseudoHeader(ends[0] as Address, ends[1] as Address, protocol, length));
  const complete = frame.slice();
  const value = checksum(sum(frame, start, frame.length, pseudo));
  new DataView(complete.buffer).setUint16(start + offset, value === 0 && protocol === 17 ? 0xffff : value);
  view.setUint16(start + offset, pseudo);
  const unfinished: Unfinished = { checksumStart: start, checksumOffset: offset };
  return { partial: frame, complete, unfinished };
}

const families = fc.constantFrom<4 | 6>(4, 6);
const protocols = fc.constantFrom<6 | 17>(6, 17);

describe('checksums', () => {
  it('are completed in what is sent, and in what is received', () => {
    fc.assert(
      fc.property(families, protocols, fc.uint8Array({ maxLength: 50 }), (family, protocol, payload) => {
        const { partial, complete, unfinished } = packet(family, protocol, payload);
        const sent = partial.slice();
        completeSent(sent, unfinished);
        expect(sent).toEqual(complete);
        const received = partial.slice();
        completeReceived(received);
        expect(received).toEqual(complete);
        completeReceived(received);
        expect(received).toEqual(complete);
      }),
    );
  });

  it('stay as they are in fragments, and behind padding', () => {
    const { partial, complete } = packet(4, 17, Uint8Array.of(1, 2, 3));
    const fragment = partial.slice();
    fragment[20] = 0x20;
    const before = fragment.slice();
    completeReceived(fragment);
    expect(fragment).toEqual(before);
    const short = new Uint8Array(60);
    short.set(partial);
    short.fill(0xee, partial.length);
    completeReceived(short);
    expect(short.subarray(0, partial.length)).toEqual(complete);
  });

  it('of any bytes are survived', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(0x0800, 0x86dd), (bytes, type) => {
        const length = bytes.length;
        if (length >= 14) new DataView(bytes.buffer).setUint16(12, type);
        completeReceived(bytes);
        completeSent(bytes, { checksumStart: 40, checksumOffset: 16 });
        expect(bytes).toHaveLength(length);
      }),
    );
  });
});

describe('a capturing link', () => {
  it('is the link itself while nobody listens', () => {
    const inner = stillLink();
    const link = new CapturingLink(inner);
    const onFrame = () => {};
    link.onFrame = onFrame;
    expect(inner.onFrame).toBe(onFrame);
    expect(link.reserve(60)).toBe(inner.reserve(60));
    const ear = link.listen(() => {});
    expect(inner.onFrame).not.toBe(onFrame);
    ear[Symbol.dispose]();
    expect(inner.onFrame).toBe(onFrame);
  });

  it('passes everything on', () => {
    const inner = stillLink('eth7');
    const link = new CapturingLink(inner);
    for (const handler of ['onBatchEnd', 'onWritable', 'onChange'] as const) {
      const own = () => {};
      link[handler] = own;
      expect(inner[handler]).toBe(own);
      expect(link[handler]).toBe(own);
    }
    link.flush();
    link.setGroups(new Set([noMac]));
    link.close();
    expect(inner.calls).toEqual(['flush', 'groups 1', 'close']);
    for (const key of ['name', 'mac', 'mtu', 'offload', 'up', 'counters'] as const) expect(link[key]).toBe(inner[key]);
  });

  it('shows what is sent, complete, and leaves it unfinished for the link', () => {
    const inner = stillLink();
    const link = new CapturingLink(inner);
    const seen: [Uint8Array, string][] = [];
    link.listen((frame, direction) => seen.push([frame, direction]));
    const { partial, complete, unfinished } = packet(6, 6, new Uint8Array(30_000).fill(7));
    const room = link.reserve(partial.length);
    room?.bytes.set(partial, room.start);
    const cut: Unfinished = { ...unfinished, segment: { size: 1440, family: 6 } };
    room?.commit(partial.length, cut);
    expect(seen).toEqual([[complete, 'outbound']]);
    expect(inner.committed).toEqual([{ frame: partial, unfinished: cut }]);
    link.reserve(60)?.cancel();
    expect(inner.calls).toEqual(['cancel']);
    expect(seen).toHaveLength(1);
    expect(link.reserve(70_000)).toBeUndefined();
  });

  it('shows what is received, complete, and hands it on as it came', () => {
    const inner = stillLink();
    const link = new CapturingLink(inner);
    const { partial, complete } = packet(4, 6, Uint8Array.of(1, 2, 3));
    const memory = new Uint8Array(500);
    memory.set(partial, 100);
    const seen: Uint8Array[] = [];
    const got: Uint8Array[] = [];
    link.listen((frame) => seen.push(frame));
    link.listen((frame) => seen.push(frame));
    link.onFrame = (bytes, start, end) => got.push(bytes.slice(start, end));
    inner.onFrame(memory, 100, 100 + partial.length, verified);
    inner.onFrame(memory, 100, 100 + partial.length, { ...verified, checksum: 'unknown' });
    expect(seen).toEqual([complete, complete, partial, partial]);
    expect(got).toEqual([partial, partial]);
  });
});
