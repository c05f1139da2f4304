import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { linuxNetwork as kernel } from '../../../syscall/linux/network/kernel.ts';
import { broadcastMac, formatMac, type MacAddress, parseMac, writeMac } from '../../wire/mac.ts';
import type { FrameInfo } from '../link.ts';
import { claimInterface } from './claim.ts';
import { cable, ip } from './fixture/veth.ts';
import { openPacketLink, type PacketLink } from './packet-link.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

interface Received {
  readonly frame: Buffer;
  readonly info: FrameInfo;
}

/** A link with a memory. */
function open(name: string): { link: PacketLink; received: Received[] } {
  claimInterface(kernel, name);
  const link = openPacketLink(kernel, name);
  undo.push(() => link.close());
  const received: Received[] = [];
  link.onFrame = (bytes, start, end, info) => received.push({ frame: Buffer.from(bytes.slice(start, end)), info });
  return { link, received };
}

/** Two links and the cable between them, with a carrier. */
async function pair() {
  const { a, b, remove } = cable();
  undo.push(remove);
  const [left, right] = [open(a), open(b)];
  await vi.waitUntil(() => left.link.up && right.link.up);
  return { left, right };
}

/** A frame of that length with random contents, and of a type that nobody has. */
function frameOf(length: number, destination: MacAddress, source: MacAddress): Buffer {
  const frame = randomBytes(length);
  writeMac(frame, 0, destination);
  writeMac(frame, 6, source);
  // IEEE 802, local experimental EtherType 1.
  frame.writeUInt16BE(0x88b5, 12);
  return frame;
}

function send(link: PacketLink, frame: Uint8Array): boolean {
  const room = link.reserve(frame.length);
  if (room === undefined) return false;
  room.bytes.set(frame, room.start);
  room.commit(frame.length);
  return true;
}

describe('a cable between two packet links', () => {
  it('carries frames of all lengths in both directions', async () => {
    const { left, right } = await pair();
    const lengths = [60, 61, 100, 999, 1513, 1514];
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const) {
      const sent = lengths.map((length) => frameOf(length, to.link.mac, from.link.mac));
      for (const frame of sent) expect(send(from.link, frame)).toBe(true);
      from.link.flush();
      await vi.waitUntil(() => to.received.length === sent.length);
      expect(to.received.map(({ frame }) => frame)).toEqual(sent);
      expect(from.received).toEqual(from === left ? [] : expect.anything());
      expect(from.link.counters).toMatchObject({ sentFrames: lengths.length, sentDropped: 0 });
    }
    expect(left.link.counters).toMatchObject({ receivedFrames: lengths.length, receivedDropped: 0 });
  });

  it('carries frames that are longer than a slot of the ring', async () => {
    const { left, right } = await pair();
    for (const { link } of [left, right]) ip('link', 'set', link.name, 'mtu', '9000');
    await vi.waitUntil(() => left.link.mtu === 9000 && right.link.mtu === 9000);
    const sent = [9014, 60, 5000, 1973, 1972].map((length) => frameOf(length, right.link.mac, left.link.mac));
    for (const frame of sent) send(left.link, frame);
    left.link.flush();
    await vi.waitUntil(() => right.received.length === sent.length);
    expect(right.received.map(({ frame }) => frame)).toEqual(sent);
  });

  it('drops and counts what is longer than the MTU, and goes on', async () => {
    const { left, right } = await pair();
    send(left.link, frameOf(1515, right.link.mac, left.link.mac));
    send(left.link, frameOf(60, right.link.mac, left.link.mac));
    left.link.flush();
    await vi.waitUntil(() => right.received.length === 1);
    expect(left.link.counters).toMatchObject({ sentFrames: 1, sentDropped: 1 });
  });

  it('carries groups to those who joined them, and nothing for others', async () => {
    const { left, right } = await pair();
    const group = parseMac('01:00:5e:00:00:fb') as MacAddress;
    const stranger = parseMac('02:00:00:00:00:99') as MacAddress;
    const sendAll = () => {
      for (const destination of [group, stranger, broadcastMac]) {
        send(left.link, frameOf(60, destination, left.link.mac));
      }
      left.link.flush();
    };
    sendAll();
    await vi.waitUntil(() => right.received.length === 1);
    right.link.setGroups(new Set([group]));
    expect(ip('maddress', 'show', 'dev', right.link.name)).toContain(formatMac(group));
    sendAll();
    await vi.waitUntil(() => right.received.length === 3);
    right.link.setGroups(new Set());
    expect(ip('maddress', 'show', 'dev', right.link.name)).not.toContain(formatMac(group));
    sendAll();
    await vi.waitUntil(() => right.received.length === 4);
  });

  it('loses its carrier and gets it back', async () => {
    const { left, right } = await pair();
    let changes = 0;
    left.link.onChange = () => changes++;
    ip('link', 'set', right.link.name, 'down');
    await vi.waitUntil(() => !left.link.up && !right.link.up);
    expect(changes).toBe(1);
    // The other end is off: what is sent now is lost, but it is no error.
    send(left.link, frameOf(60, right.link.mac, left.link.mac));
    send(right.link, frameOf(60, left.link.mac, right.link.mac));
    left.link.flush();
    right.link.flush();
    expect(right.link.counters.sentDropped).toBe(1);
    ip('link', 'set', right.link.name, 'up');
    await vi.waitUntil(() => left.link.up && right.link.up);
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const) {
      send(from.link, frameOf(60, to.link.mac, from.link.mac));
      from.link.flush();
      await vi.waitUntil(() => to.received.length === 1);
    }
  });

  it('changes its MTU', async () => {
    const { left } = await pair();
    let changes = 0;
    left.link.onChange = () => changes++;
    ip('link', 'set', left.link.name, 'mtu', '1280');
    await vi.waitUntil(() => left.link.mtu === 1280);
    expect(changes).toBe(1);
  });

  it('is cut: links are down, and what is sent is dropped', async () => {
    const { left, right } = await pair();
    let changes = 0;
    left.link.onChange = () => changes++;
    ip('link', 'delete', left.link.name);
    await vi.waitUntil(() => !left.link.up && !right.link.up);
    expect(changes).toBeGreaterThan(0);
    for (let count = 0; count < 10; count++) {
      expect(send(left.link, frameOf(60, right.link.mac, left.link.mac))).toBe(true);
      left.link.flush();
    }
    left.link.setGroups(new Set([parseMac('01:00:5e:00:00:01') as MacAddress]));
    expect(left.link.counters).toMatchObject({ sentFrames: 0, sentDropped: 10 });
    left.link.close();
    expect(left.link.reserve(60)).toBeUndefined();
  });

  it('counts every frame of a flood, received or dropped, while the event loop lives', async () => {
    const { left, right } = await pair();
    const total = 100_000;
    const frame = frameOf(60, right.link.mac, left.link.mac);
    let received = 0;
    right.link.onFrame = () => received++;
    let ticks = 0;
    const ticker = setInterval(() => ticks++, 1);
    undo.push(() => clearInterval(ticker));
    for (let sent = 0; sent < total; sent++) {
      expect(send(left.link, frame)).toBe(true);
      // More than fits into the ring comes between two turns of the event loop.
      if (sent % 3000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    left.link.flush();
    await vi.waitUntil(() => received + right.link.counters.receivedDropped === total);
    expect(received).toBeGreaterThan(0);
    expect(right.link.counters.receivedDropped).toBeGreaterThan(0);
    expect(left.link.counters.sentFrames).toBe(total);
    expect(ticks).toBeGreaterThan(0);
    // And afterwards it works as before.
    const before = received;
    send(left.link, frame);
    left.link.flush();
    await vi.waitUntil(() => received === before + 1);
  });
});
