import { describe, expect, it } from 'vitest';
import {
  PACKET_ADD_MEMBERSHIP,
  PACKET_DROP_MEMBERSHIP,
  PACKET_RX_RING,
  packetMreq,
} from '../../../syscall/abi/if-packet.ts';
import { AF_PACKET } from '../../../syscall/abi/socket.ts';
import type { FakeSocket } from '../../../syscall/fake/network.ts';
import { broadcastMac, type MacAddress, parseMac, readMac, writeMac } from '../../wire/mac.ts';
import { RingWriter } from './fixture/ring-writer.ts';
import { type ScriptedLink, scriptedMac, scriptedRoute } from './fixture/scripted-route.ts';
import { openPacketLink } from './packet-link.ts';

const group = parseMac('01:00:5e:00:00:fb') as MacAddress;
const otherGroup = parseMac('33:33:00:00:00:01') as MacAddress;

function opened() {
  const route = scriptedRoute();
  const link = openPacketLink(route.kernel, 'eth0', {
    receive: { slotSize: 2048, slots: 32, queued: 10_000 },
    transmit: { bytes: 10_000, frames: 8 },
  });
  const socket = route.kernel.sockets.find(({ family }) => family === AF_PACKET) as FakeSocket;
  const events: string[] = [];
  link.onFrame = (bytes, start) => events.push(`frame to ${readMac(bytes, start) === broadcastMac ? 'all' : 'some'}`);
  link.onBatchEnd = () => events.push('end');
  link.onChange = () => events.push(`${link.up ? 'up' : 'down'} ${link.mtu}`);
  link.onWritable = () => events.push('writable');
  return { route, link, socket, events, writer: new RingWriter(socket, 2048), eth0: route.links[0] as ScriptedLink };
}

function frameTo(mac: MacAddress): Uint8Array {
  const frame = new Uint8Array(60);
  writeMac(frame, 0, mac);
  return frame;
}

describe('a packet link', () => {
  it('knows its interface', () => {
    const { link } = opened();
    expect(link).toMatchObject({ name: 'eth0', index: 2, mac: scriptedMac, mtu: 1500, up: true });
    // With the Ethernet header, and below the 64 KiB at which Linux cuts in software instead.
    expect(link.offload).toEqual({ checksum: true, segmentation: 65_535 });
  });

  it('is bound after its ring was made, so that it never hears of other interfaces', () => {
    const { socket } = opened();
    expect(socket.settings.map(([option]) => option)).toContain(PACKET_RX_RING);
    expect([...(socket.bound ?? [])].slice(0, 8)).toEqual([17, 0, 0, 3, 2, 0, 0, 0]);
  });

  it('hands frames over in batches', () => {
    const { socket, writer, events } = opened();
    writer.write(frameTo(scriptedMac));
    writer.write(frameTo(broadcastMac));
    socket.becomeReady({ readable: true });
    expect(events).toEqual(['frame to some', 'frame to all', 'end']);
  });

  it('leaves the rest for the next turn of the event loop', () => {
    const { socket, writer, events } = opened();
    for (let round = 0; round < 10; round++) {
      for (let index = 0; index < 32; index++) writer.write(frameTo(scriptedMac));
      socket.becomeReady({ readable: true });
    }
    expect(events.filter((event) => event === 'end')).toHaveLength(10);
    expect(events).toHaveLength(330);
  });

  it('joins and leaves groups, and passes over frames of others', () => {
    const { link, socket, writer, events } = opened();
    link.setGroups(new Set([group, otherGroup]));
    link.setGroups(new Set([otherGroup]));
    const memberships = socket.settings
      .filter(([option]) => option === PACKET_ADD_MEMBERSHIP || option === PACKET_DROP_MEMBERSHIP)
      .map(([option, request]) => [option, readMac(request, packetMreq.address)]);
    expect(memberships).toEqual([
      [PACKET_ADD_MEMBERSHIP, group],
      [PACKET_ADD_MEMBERSHIP, otherGroup],
      [PACKET_DROP_MEMBERSHIP, group],
    ]);
    writer.write(frameTo(group));
    writer.write(frameTo(otherGroup));
    socket.becomeReady({ readable: true });
    expect(events).toEqual(['frame to some', 'end']);
  });

  it('waits for room in the kernel, and says when there is some', () => {
    const { link, socket, events } = opened();
    socket.room = 0;
    for (let count = 0; count < 8; count++) link.reserve(60)?.commit(60);
    link.flush();
    expect(link.reserve(60)).toBeUndefined();
    expect(socket.reportWritable).toBe(true);
    socket.room = 3;
    socket.becomeReady({ writable: true });
    expect(events).toEqual([]);
    expect(socket.reportWritable).toBe(true);
    socket.room = 100;
    socket.becomeReady({ writable: true });
    expect(events).toEqual(['writable']);
    expect(socket.reportWritable).toBe(false);
    expect(link.counters).toMatchObject({ sentFrames: 8, sentBytes: 480, sentDropped: 0 });
  });

  it('tells of its carrier and its MTU, and of its end', () => {
    const { route, link, events, eth0 } = opened();
    route.announce({ ...eth0, up: false });
    route.announce({ ...eth0, mtu: 1400 });
    route.announce({ index: 5, name: 'eth1', mtu: 1500, up: true });
    route.remove(eth0);
    expect(events).toEqual(['down 1500', 'up 1400', 'down 1400']);
    link.setGroups(new Set([group]));
    expect(link.reserve(60)).toBeDefined();
  });

  it('is silent after closing, and leaves no socket open', () => {
    const { route, link, socket, writer, events } = opened();
    writer.write(frameTo(scriptedMac));
    link.close();
    link.close();
    socket.becomeReady({ readable: true, writable: true });
    link.setGroups(new Set([group]));
    link.flush();
    expect(link.reserve(60)).toBeUndefined();
    expect(link.up).toBe(false);
    expect(link.counters.receivedFrames).toBe(0);
    expect(events).toEqual([]);
    expect(route.kernel.sockets.filter(({ open }) => open)).toEqual([]);
  });

  it('may be closed by whoever gets a frame', () => {
    const { link, socket, writer, events } = opened();
    link.onFrame = () => link.close();
    writer.write(frameTo(scriptedMac));
    writer.write(frameTo(scriptedMac));
    socket.becomeReady({ readable: true });
    expect(events).toEqual([]);
  });

  it('names a missing interface, and leaves no socket open', () => {
    const { kernel } = scriptedRoute();
    expect(() => openPacketLink(kernel, 'eth9')).toThrow(/"eth9".*ENODEV/);
    expect(kernel.sockets.filter(({ open }) => open)).toEqual([]);
  });
});
