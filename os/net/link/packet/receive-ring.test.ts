import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  PACKET_OTHERHOST,
  PACKET_STATISTICS,
  TP_STATUS_COPY,
  TP_STATUS_CSUM_VALID,
  TP_STATUS_LOSING,
  TP_STATUS_VLAN_VALID,
} from '../../../syscall/abi/if-packet.ts';
import {
  VIRTIO_NET_HDR_F_DATA_VALID,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_TCPV4,
} from '../../../syscall/abi/virtio-net.ts';
import { type FakeSocket, fakeNetworkKernel } from '../../../syscall/fake/network.ts';
import type { FrameInfo } from '../link.ts';
import { RingWriter, virtioHeader } from './fixture/ring-writer.ts';
import { ReceiveRing } from './receive-ring.ts';

const geometry = { slotSize: 2048, slots: 64, queued: 100_000 };

function ring() {
  const kernel = fakeNetworkKernel();
  const fd = kernel.socket(17, 3, 0);
  const socket = kernel.sockets[0] as FakeSocket;
  const received: { bytes: Uint8Array; info: FrameInfo }[] = [];
  const made = new ReceiveRing(kernel, fd, geometry);
  const drain = (frames = 1000, octets = 1e9): number =>
    made.drain(frames, octets, (bytes, start, end, info) => received.push({ bytes: bytes.slice(start, end), info }));
  return { kernel, socket, ring: made, writer: new RingWriter(socket, geometry.slotSize), received, drain };
}

const frame = (length: number, fill = 1): Uint8Array => new Uint8Array(length).fill(fill);

describe('the ring', () => {
  it('hands frames over in order and gives their slots back, round and round', () => {
    const { writer, received, drain } = ring();
    const sent: Uint8Array[] = [];
    for (let round = 0; round < 5; round++) {
      for (let index = 0; index < 50; index++) {
        const one = frame(60 + index, round * 50 + index);
        sent.push(one);
        expect(writer.write(one)).toBe(true);
      }
      expect(drain()).toBe(50);
    }
    expect(received.map(({ bytes }) => bytes)).toEqual(sent);
    expect(drain()).toBe(0);
  });

  it('stops at its budget of frames, and of bytes', () => {
    const { writer, drain } = ring();
    for (let index = 0; index < 10; index++) writer.write(frame(1000));
    expect(drain(4)).toBe(4);
    expect(drain(100, 2500)).toBe(3);
    expect(drain()).toBe(3);
  });

  it.each([
    ['nothing known', {}, 'unknown', 0],
    ['checked by the device', { flags: VIRTIO_NET_HDR_F_DATA_VALID }, 'verified', 0],
    ['checked by the kernel', { status: TP_STATUS_CSUM_VALID }, 'verified', 0],
    ['never computed', { flags: VIRTIO_NET_HDR_F_NEEDS_CSUM }, 'verified', 0],
    ['put together', { flags: 1, segmentation: VIRTIO_NET_HDR_GSO_TCPV4, segmentSize: 1448 }, 'verified', 1448],
    ['put together, unchecked', { segmentation: VIRTIO_NET_HDR_GSO_TCPV4, segmentSize: 536 }, 'unknown', 536],
  ] as const)('says of a frame: %s', (_, arrival, checksum, segmentSize) => {
    const { writer, received, drain } = ring();
    writer.write(frame(60), arrival);
    drain();
    expect(received[0]?.info).toEqual({ checksum, segmentSize });
  });

  it('takes what is too long for a slot from the queue', () => {
    const { socket, writer, received, drain } = ring();
    const long = Uint8Array.from({ length: 60_000 }, (_, index) => index % 251);
    const arrival = { flags: 1, segmentation: VIRTIO_NET_HDR_GSO_TCPV4, segmentSize: 1448 };
    socket.incoming.push('ENETDOWN', new Uint8Array([...virtioHeader(arrival), ...long]));
    writer.write(long, { ...arrival, status: TP_STATUS_COPY });
    writer.write(frame(60));
    drain();
    expect(received.map(({ bytes }) => bytes.length)).toEqual([60_000, 60]);
    expect(received[0]).toEqual({ bytes: long, info: { checksum: 'verified', segmentSize: 1448 } });
  });

  it('counts what is too long for a slot and was not queued', () => {
    const { ring: made, writer, received, drain } = ring();
    writer.write(frame(5000));
    writer.write(frame(5000), { status: TP_STATUS_COPY });
    drain();
    expect(received).toEqual([]);
    expect(made.dropped).toBe(2);
  });

  it('passes over what is tagged or for others', () => {
    const { ring: made, writer, received, drain } = ring();
    writer.write(frame(60), { status: TP_STATUS_VLAN_VALID });
    writer.write(frame(60), { kind: PACKET_OTHERHOST });
    expect(drain()).toBe(2);
    expect(received).toEqual([]);
    expect(made.frames).toBe(0);
  });

  it('counts what the kernel dropped', () => {
    const { ring: made, socket, writer, drain } = ring();
    socket.answers.set(PACKET_STATISTICS, new Uint8Array(Uint32Array.of(100, 7).buffer));
    writer.write(frame(60), { status: TP_STATUS_LOSING });
    drain();
    socket.answers.set(PACKET_STATISTICS, new Uint8Array(8));
    expect(made.dropped).toBe(7);
  });

  it('may be closed while it hands a frame over', () => {
    const { ring: made, writer } = ring();
    for (let index = 0; index < 3; index++) writer.write(frame(60));
    let seen: Uint8Array | undefined;
    const done = made.drain(10, 1e9, (bytes) => {
      seen = bytes;
      made.close();
      made.close();
    });
    expect(done).toBe(1);
    // The memory is gone, and whoever kept a view sees nothing instead of somebody else's memory.
    expect(seen?.length).toBe(0);
  });

  it('gives a slot back when its frame made somebody throw', () => {
    const { ring: made, writer, received, drain } = ring();
    writer.write(frame(60));
    writer.write(frame(61));
    const fail = () => {
      throw new Error('broken');
    };
    expect(() => made.drain(10, 1e9, fail)).toThrow('broken');
    drain();
    expect(received.map(({ bytes }) => bytes.length)).toEqual([61]);
  });

  it('delivers what fits, whatever the lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 14, max: 1972 }), { maxLength: 64 }), (lengths) => {
        const { writer, received, drain } = ring();
        for (const length of lengths) writer.write(frame(length));
        drain();
        expect(received.map(({ bytes }) => bytes.length)).toEqual(lengths);
      }),
      { numRuns: 30 },
    );
  });
});
