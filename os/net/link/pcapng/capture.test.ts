import { describe, expect, it } from 'vitest';
import type { FrameInfo } from '../link.ts';
import { startCapture } from './capture.ts';
import { CapturingLink } from './capturing-link.ts';
import { readBlocks, readOptions, readPackets } from './fixture/reader.ts';
import { stillLink } from './fixture/still-link.ts';
import { CaptureQueue } from './queue.ts';

const info: FrameInfo = { checksum: 'unknown', segmentSize: 0 };

function setUp(limit = 100_000) {
  const inner = [stillLink('eth0'), stillLink('eth1')] as const;
  const links = inner.map((link) => new CapturingLink(link));
  const queue = new CaptureQueue(limit);
  const receive = (number: 0 | 1, frame: Uint8Array) => inner[number].onFrame(frame, 0, frame.length, info);
  const send = (frame: Uint8Array) => {
    const room = links[0]?.reserve(frame.length);
    room?.bytes.set(frame, room.start);
    room?.commit(frame.length);
  };
  return { links, queue, receive, send, file: () => Buffer.concat(queue.take()) };
}

describe('a capture', () => {
  it('begins with its interfaces and ends with what is missing', () => {
    const { links, queue, receive, file } = setUp();
    const capture = startCapture(links, queue, { application: 'tést', now: () => 5, snapLength: 96 });
    receive(1, new Uint8Array(60));
    capture.close();
    capture.close();
    const blocks = readBlocks(file());
    expect(blocks.map(({ type }) => type)).toEqual([0x0a0d0d0a, 1, 1, 6, 5, 5]);
    const [section, , second, , , statistics] = blocks.map(({ body }) => body);
    expect(section?.getUint32(0, true)).toBe(0x1a2b3c4d);
    expect(section && readOptions(section, 16).get(4)?.toString()).toBe('tést');
    expect(second?.getUint16(0, true)).toBe(1);
    expect(second?.getUint32(4, true)).toBe(96);
    expect(second && readOptions(second, 8).get(2)?.toString()).toBe('eth1');
    expect(second && readOptions(second, 8).get(9)).toEqual(Buffer.of(9));
    expect(statistics && readOptions(statistics, 12).get(4)?.readBigUInt64LE()).toBe(1n);
    expect(statistics && readOptions(statistics, 12).get(5)?.readBigUInt64LE()).toBe(0n);
  });

  it('has frames of both directions, with their times and as much of them as is wanted', () => {
    const { links, queue, receive, send, file } = setUp();
    const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678) + 0.25;
    startCapture(links, queue, { application: 'test', now: () => time, snapLength: 61 });
    const frame = Uint8Array.from({ length: 63 }, (_, index) => index);
    send(frame);
    receive(1, frame.subarray(0, 59));
    const nanoseconds = BigInt(Date.UTC(2026, 0, 2, 3, 4, 5, 678)) * 1_000_000n + 250_000n;
    expect(readPackets(file())).toEqual([
      { interface: 0, nanoseconds, frame: Buffer.from(frame.subarray(0, 61)), length: 63, outbound: true },
      { interface: 1, nanoseconds, frame: Buffer.from(frame.subarray(0, 59)), length: 59, outbound: false },
    ]);
  });

  it('drops and counts what a slow reader has no room for, and goes on', () => {
    const { links, queue, receive, file } = setUp(2000);
    const capture = startCapture(links, queue, { application: 'test', now: () => 0 });
    for (let count = 0; count < 10; count++) receive(0, new Uint8Array(500));
    expect(capture).toMatchObject({ captured: 3, dropped: 7 });
    expect(readPackets(file())).toHaveLength(3);
    receive(0, new Uint8Array(500));
    expect(capture).toMatchObject({ captured: 4, dropped: 7 });
    capture.close();
    receive(0, new Uint8Array(500));
    const blocks = readBlocks(file());
    expect(blocks.map(({ type }) => type)).toEqual([6, 5, 5]);
    expect(
      readOptions((blocks[1] as { body: DataView }).body, 12)
        .get(5)
        ?.readBigUInt64LE(),
    ).toBe(7n);
  });

  it('keeps what is asked for', () => {
    const { links, queue, receive, send, file } = setUp();
    const filter = (frame: Uint8Array, direction: string) => direction === 'inbound' && frame[0] === 1;
    startCapture(links, queue, { application: 'test', now: () => 0, filter });
    send(Uint8Array.of(1));
    receive(0, Uint8Array.of(1));
    receive(0, Uint8Array.of(2));
    expect(readPackets(file())).toHaveLength(1);
  });
});

describe('the queue', () => {
  it('tells once that there is something, until it was taken', () => {
    const queue = new CaptureQueue(10);
    let told = 0;
    queue.onReadable = () => told++;
    expect([4, 4, 4].map((length) => queue.write(new Uint8Array(length)))).toEqual([true, true, false]);
    expect(told).toBe(1);
    expect(queue.take()).toHaveLength(2);
    queue.write(new Uint8Array(10));
    expect(told).toBe(2);
  });
});
