import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { linuxNetwork as kernel } from '../../../syscall/linux/network/kernel.ts';
import { type Address, parseAddress } from '../../wire/address.ts';
import { formatMac, type MacAddress, parseMac } from '../../wire/mac.ts';
import type { FrameInfo } from '../link.ts';
import { claimInterface } from './claim.ts';
import { readSegment, type Segment, sendSegment } from './fixture/segment.ts';
import { cable, Namespace } from './fixture/veth.ts';
import { openPacketLink } from './packet-link.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

/** What old network cards do not have. */
const features = ['tso', 'scatter-gather', 'tx-checksum'] as const;

/** Sends back what it received once it has `length` bytes. */
const echoServer = (length: number) => `
  import net from 'node:net';
  net.createServer((socket) => {
    const parts = [];
    let total = 0;
    socket.on('data', (part) => {
      parts.push(part);
      total += part.length;
      if (total === ${length}) socket.write(Buffer.concat(parts));
    });
  }).listen(8080, '::', () => console.log('ready'));`;

/** A cable to Linux, whose stack knows us as the neighbour `us`. */
async function cableToLinux(us: string, them: string, prefixLength: number) {
  const { a, b, remove } = cable();
  undo.push(remove);
  claimInterface(kernel, a);
  const link = openPacketLink(kernel, a);
  undo.push(() => link.close());
  const linux = await Namespace.make();
  undo.push(() => linux.close());
  linux.take(b, [`${them}/${prefixLength}`]);
  linux.ip('neighbour', 'replace', us, 'lladdr', formatMac(link.mac), 'dev', b);
  const peer = JSON.parse(linux.ip('-json', 'link', 'show', b))[0].address as string;
  await vi.waitUntil(() => link.up);
  return { link, linux, peer: parseMac(peer) as MacAddress };
}

describe.each([
  ['192.0.2.1', '192.0.2.2', 24, 1460, 'which does it', true],
  ['2001:db8::1', '2001:db8::2', 64, 1440, 'which does it', true],
  ['192.0.2.1', '192.0.2.2', 24, 1460, 'for which the kernel does it', false],
])('a TCP connection from %s to Linux', (us, them, prefixLength, segmentSize, device, able) => {
  it(`sends 60 KiB as one frame with an unfinished checksum through a device ${device}`, async () => {
    const { link, linux, peer } = await cableToLinux(us, them, prefixLength);
    if (!able) for (const feature of features) expect(kernel.ethtool(link.name, feature, false)).toBe(false);
    const source = parseAddress(us) as Address;
    const payload = randomBytes(60 * 1024);
    const server = linux.run(echoServer(payload.length));
    undo.push(() => server.close());
    expect(await server.line()).toBe('ready');

    const received: { segment: NonNullable<ReturnType<typeof readSegment>>; info: FrameInfo }[] = [];
    link.onFrame = (bytes, start, end, info) => {
      const segment = readSegment(bytes.subarray(start, end), source);
      if (segment !== undefined) received.push({ segment, info });
    };
    let sequence = 1000;
    let acknowledgement = 0;
    const send = (flags: number, data: Uint8Array = new Uint8Array()): void => {
      const segment: Segment = {
        macs: [peer, link.mac],
        source,
        destination: parseAddress(them) as Address,
        ports: [40_000, 8080],
        sequence,
        acknowledgement,
        flags,
        maximumSegmentSize: flags & 2 ? segmentSize : 0,
        payload: data,
      };
      sendSegment(link, segment, segmentSize);
      sequence += data.length + (flags & 2 ? 1 : 0);
    };

    send(2);
    await vi.waitUntil(() => received.length === 1);
    acknowledgement = (received[0]?.segment.sequence ?? 0) + 1;
    send(16);
    send(24, payload);

    // The echo: Linux sends as much as its window allows, until we acknowledge.
    const echo: Buffer[] = [];
    let longest = 0;
    for (let next = 1, length = 0; length < payload.length; ) {
      await vi.waitUntil(() => received.length > next);
      const { segment, info } = received[next++] as (typeof received)[number];
      if (segment.payload.length === 0 || segment.sequence !== acknowledgement >>> 0) continue;
      // Linux leaves its checksums to the cable, and so never computes them.
      expect(info.checksum).toBe('verified');
      if (segment.payload.length > segmentSize) expect(info.segmentSize).toBe(segmentSize);
      longest = Math.max(longest, segment.payload.length);
      echo.push(Buffer.from(segment.payload));
      length += segment.payload.length;
      acknowledgement += segment.payload.length;
      send(16);
    }
    expect(Buffer.concat(echo).equals(payload)).toBe(true);
    expect(longest).toBeGreaterThan(segmentSize);
    expect(link.counters.sentDropped).toBe(0);
  });
});
