import { describe, expect, it } from 'vitest';
import { VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV6, virtioNet } from '../../../syscall/abi/virtio-net.ts';
import { type FakeSocket, fakeNetworkKernel } from '../../../syscall/fake/network.ts';
import type { Unfinished } from '../link.ts';
import { TransmitPool } from './transmit-pool.ts';

function pool(geometry = { bytes: 10_000, frames: 4 }) {
  const kernel = fakeNetworkKernel();
  const fd = kernel.socket(17, 3, 0);
  const socket = kernel.sockets[0] as FakeSocket;
  let blocked = 0;
  const made = new TransmitPool(kernel, fd, geometry, () => blocked++);
  const add = (fill: number, length = 60, unfinished?: Unfinished): boolean => {
    const room = made.reserve(length);
    room?.bytes.fill(fill, room.start, room.start + length);
    room?.commit(length, unfinished);
    return room !== undefined;
  };
  const sent = () => socket.sent.map((bytes) => bytes[virtioNet.size]);
  return { pool: made, socket, add, sent, timesBlocked: () => blocked };
}

describe('the pool', () => {
  it('sends what was committed, at the flush', () => {
    const { pool: made, socket, add, sent } = pool();
    add(1);
    made.reserve(60)?.cancel();
    add(2, 61);
    expect(sent()).toEqual([]);
    made.flush();
    expect(sent()).toEqual([1, 2]);
    expect(socket.sent.map(({ length }) => length - virtioNet.size)).toEqual([60, 61]);
    expect(made).toMatchObject({ frames: 2, octets: 121, dropped: 0 });
  });

  it('sends less than was reserved', () => {
    const { pool: made, socket } = pool();
    made.reserve(1500)?.commit(20);
    made.flush();
    expect(socket.sent[0]).toHaveLength(20 + virtioNet.size);
    const room = made.reserve(100);
    expect(() => room?.commit(101)).toThrow(RangeError);
  });

  it('sends by itself when it is full: of frames, or of bytes', () => {
    const { add, sent } = pool();
    for (let fill = 1; fill <= 5; fill++) add(fill);
    expect(sent()).toEqual([1, 2, 3, 4]);
    const long = pool();
    for (let fill = 1; fill <= 3; fill++) long.add(fill, 4000);
    expect(long.sent()).toEqual([1, 2]);
  });

  it('keeps what the kernel does not take, and says when it takes no more', () => {
    const { pool: made, socket, add, sent, timesBlocked } = pool();
    socket.room = 2;
    for (let fill = 1; fill <= 4; fill++) add(fill);
    expect(add(5)).toBe(false);
    expect(sent()).toEqual([1, 2]);
    made.flush();
    expect(timesBlocked()).toBe(1);
    socket.room = 1;
    made.retry();
    expect(timesBlocked()).toBe(2);
    expect(made.blocked).toBe(true);
    socket.room = 100;
    made.retry();
    expect(made.blocked).toBe(false);
    expect(sent()).toEqual([1, 2, 3, 4]);
    expect(add(5)).toBe(true);
  });

  it('drops the one that a queue threw away, and goes on', () => {
    const { pool: made, socket, add, sent } = pool();
    for (let fill = 1; fill <= 3; fill++) add(fill);
    socket.sendErrors.push('ENOBUFS');
    made.flush();
    expect(sent()).toEqual([2, 3]);
    expect(made).toMatchObject({ frames: 2, dropped: 1 });
  });

  it('drops everything when the interface is gone', () => {
    const { pool: made, socket, add, sent } = pool();
    for (let fill = 1; fill <= 3; fill++) add(fill);
    socket.sendErrors.push('ENXIO');
    made.flush();
    expect(sent()).toEqual([]);
    expect(made.dropped).toBe(3);
  });

  it('tells the kernel what to finish, and forgets it for the next frame in that place', () => {
    const { pool: made, socket, add } = pool();
    // A data offset of 8 words: 32 bytes of TCP header, filled with 0x88.
    add(0x88, 2000, { checksumStart: 54, checksumOffset: 16, segment: { size: 1428, family: 6 } });
    made.flush();
    add(0, 60);
    made.flush();
    const headers = socket.sent.map((bytes) => new DataView(bytes.buffer));
    expect(headers[0]?.getUint8(virtioNet.flags)).toBe(VIRTIO_NET_HDR_F_NEEDS_CSUM);
    expect(headers[0]?.getUint8(virtioNet.segmentation)).toBe(VIRTIO_NET_HDR_GSO_TCPV6);
    expect(headers[0]?.getUint16(virtioNet.headerLength, true)).toBe(54 + 32);
    expect(headers[0]?.getUint16(virtioNet.segmentSize, true)).toBe(1428);
    expect(headers[0]?.getUint16(virtioNet.checksumStart, true)).toBe(54);
    expect(headers[0]?.getUint16(virtioNet.checksumOffset, true)).toBe(16);
    expect(socket.sent[1]?.subarray(0, virtioNet.size)).toEqual(new Uint8Array(virtioNet.size));
  });

  it('refuses a frame that could never be sent', () => {
    expect(() => pool().pool.reserve(10_000)).toThrow(RangeError);
  });
});
