import { describe, expect, it } from 'vitest';
import { packetFrame, udpBytes } from '../stack/fixture/frames.ts';
import { at, Lan } from '../stack/fixture/lan.ts';
import { multicastMac } from '../wire/mac.ts';
import type { Datagram } from './udp-contract.ts';

const place = (address: string, port: number) => ({ address: at(address), port });

/** Two hosts on a link, whose addresses are proved. */
function pair() {
  const lan = new Lan();
  const [a, b] = [
    lan.node(['192.0.2.1/24', '2001:db8::1/64', 'fe80::1/64']),
    lan.node(['192.0.2.2/24', '2001:db8::2/64', 'fe80::2/64']),
  ];
  lan.pass(10_000);
  return { lan, a, b };
}

describe('opening a socket', () => {
  it('takes the port that is wanted, or a random one of the dynamic ports', () => {
    const { udp } = pair().a.stack;
    expect(udp.open({ port: 53 }).local).toEqual({ address: undefined, port: 53 });
    const ports = Array.from({ length: 200 }, () => udp.open().local.port);
    expect(new Set(ports).size).toBe(200);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(49_152);
    // Not one after the other.
    expect(ports.toSorted((x, y) => x - y)).not.toEqual(ports);
  });

  it('is refused where another one is, unless both share', () => {
    const { udp } = pair().a.stack;
    udp.open({ port: 53 });
    expect(() => udp.open({ port: 53 })).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    expect(() => udp.open({ port: 53, address: at('192.0.2.1') })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
    udp.open({ port: 54, address: at('192.0.2.1') });
    udp.open({ port: 54, address: at('2001:db8::1') });
    udp.open({ port: 5353, shared: true });
    udp.open({ port: 5353, shared: true });
    expect(() => udp.open({ port: 5353 })).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
  });

  it('is refused for an address of somebody else', () => {
    const { udp } = pair().a.stack;
    expect(() => udp.open({ address: at('192.0.2.9') })).toThrow(expect.objectContaining({ code: 'EADDRNOTAVAIL' }));
  });

  it('is refused when somebody opens them without end, and possible again when he closes them', () => {
    const { udp } = pair().a.stack;
    const sockets = Array.from({ length: 8192 }, () => udp.open());
    expect(() => udp.open()).toThrow(expect.objectContaining({ code: 'ENOBUFS' }));
    for (const socket of sockets) socket.close();
    expect([...udp.list()]).toEqual([]);
    udp.open().close();
  });
});

describe('a closed socket', () => {
  it('hears and says nothing, and its port is free', () => {
    const { lan, a, b } = pair();
    const heard: Datagram[] = [];
    const server = b.stack.udp.open({ port: 7 });
    server.onDatagram = (datagram) => heard.push(datagram);
    server.close();
    server.close();
    expect(server.send(Uint8Array.of(1), place('192.0.2.1', 9))).toBe(false);
    a.stack.udp.open().send(Uint8Array.of(1), place('192.0.2.2', 7));
    lan.pass(100);
    expect(heard).toEqual([]);
    b.stack.udp.open({ port: 7 });
  });

  it('that is closed by a listener of another hears nothing of the same datagram', () => {
    const { lan, a, b } = pair();
    const said: string[] = [];
    const sockets = ['first', 'second'].map((name) => {
      const socket = b.stack.udp.open({ port: 5353, shared: true });
      socket.join(at('224.0.0.251'));
      socket.onDatagram = () => {
        said.push(name);
        for (const each of sockets) each.close();
      };
      return socket;
    });
    a.stack.udp.open().send(Uint8Array.of(1), place('224.0.0.251', 5353));
    lan.pass(100);
    expect(said).toEqual(['first']);
  });
});

describe('datagrams', () => {
  it.each([
    ['192.0.2.2', 65_507],
    ['2001:db8::2', 65_527],
  ])('to %s are at most %i bytes long', (address, longest) => {
    const { lan, a, b } = pair();
    const lengths: number[] = [];
    b.stack.udp.open({ port: 7 }).onDatagram = ({ payload }) => lengths.push(payload.length);
    const socket = a.stack.udp.open();
    // Packets that wait for a neighbour have not much room.
    socket.send(new Uint8Array(0), place(address, 9));
    lan.pass(100);
    for (const length of [0, 1, longest]) expect(socket.send(new Uint8Array(length), place(address, 7))).toBe(true);
    expect(socket.send(new Uint8Array(longest + 1), place(address, 7))).toBe(false);
    lan.pass(2000);
    expect(lengths.toSorted((x, y) => x - y)).toEqual([0, 1, longest]);
  });

  it('come from the address of the socket, and with its hop limit', () => {
    const { lan, a, b } = pair();
    a.on.addresses.add({
      address: at('192.0.2.101'),
      prefixLength: 24,
      origin: 'static',
      validUntil: Infinity,
      preferredUntil: Infinity,
    });
    lan.pass(10_000);
    const got: Datagram[] = [];
    b.stack.udp.open({ port: 7 }).onDatagram = (datagram) => got.push(datagram);
    a.stack.udp
      .open({ address: at('192.0.2.101'), port: 1234 })
      .send(Uint8Array.of(1), place('192.0.2.2', 7), { hopLimit: 3 });
    lan.pass(100);
    expect(got).toMatchObject([
      { remote: place('192.0.2.101', 1234), destination: at('192.0.2.2'), hopLimit: 3, interface: 'n2' },
    ]);
  });

  it('are taken by sockets of their address only', () => {
    const { lan, a, b } = pair();
    const said: string[] = [];
    for (const text of ['192.0.2.2', '2001:db8::2']) {
      b.stack.udp.open({ address: at(text), port: 7 }).onDatagram = () => said.push(text);
    }
    const socket = a.stack.udp.open();
    for (const text of ['192.0.2.2', '2001:db8::2', 'fe80::2'])
      socket.send(Uint8Array.of(1), place(text, 7), { interface: 'n1' });
    lan.pass(100);
    expect(said).toEqual(['192.0.2.2', '2001:db8::2']);
  });

  it('to nowhere are not sent', () => {
    const { a } = pair();
    const socket = a.stack.udp.open();
    expect(socket.send(Uint8Array.of(1), place('198.51.100.1', 7))).toBe(false);
    expect(socket.send(Uint8Array.of(1), place('0.0.0.0', 7))).toBe(false);
    expect(socket.send(Uint8Array.of(1), place('::', 7))).toBe(false);
  });

  it('that are wrong are counted and forgotten', () => {
    const { lan, b } = pair();
    const heard: unknown[] = [];
    b.stack.udp.open({ port: 7 }).onDatagram = (datagram) => heard.push(datagram);
    const common = {
      to: b.port.mac,
      from: b.port.mac,
      source: at('192.0.2.9'),
      destination: at('192.0.2.2'),
      protocol: 17,
    };
    const long = udpBytes(1, 7);
    long[5] = 13;
    const short = udpBytes(1, 7);
    short[5] = 7;
    for (const payload of [long, short, long.subarray(0, 7), udpBytes(1, 7).fill(9, 6, 8)]) {
      b.port.deliver(packetFrame({ ...common, payload }), { checksum: 'unknown', segmentSize: 0 });
    }
    lan.pass(10);
    expect([heard, b.stack.counters.udp.badMessages]).toEqual([[], 4]);
    // Without a checksum is allowed in IPv4 (RFC 768), and a sum that the link has checked is not looked at.
    b.port.deliver(packetFrame({ ...common, payload: udpBytes(1, 7) }), { checksum: 'unknown', segmentSize: 0 });
    b.port.deliver(packetFrame({ ...common, payload: udpBytes(1, 7).fill(9, 6, 8) }), {
      checksum: 'verified',
      segmentSize: 0,
    });
    lan.pass(10);
    expect(heard).toHaveLength(2);
  });
});

describe('groups', () => {
  it.each(['224.0.0.251', 'ff02::fb'])('%s: those who joined hear it, and nobody else', (text) => {
    const { lan, a, b } = pair();
    const said: string[] = [];
    const member = b.stack.udp.open({ port: 5353, shared: true });
    const other = b.stack.udp.open({ port: 5353, shared: true });
    member.onDatagram = () => said.push('member');
    other.onDatagram = () => said.push('other');
    const send = () => {
      a.stack.udp.open().send(Uint8Array.of(1), place(text, 5353), { interface: 'n1' });
      lan.pass(100);
      return said.splice(0);
    };
    expect(send()).toEqual([]);
    member.join(at(text), 'n2');
    expect(send()).toEqual(['member']);
    other.join(at(text));
    expect(send()).toEqual(['member', 'other']);
    member.close();
    expect(send()).toEqual(['other']);
    other.close();
    expect(b.on.inGroup(at(text))).toBe(false);
  });

  it('are joined on one interface or on all', () => {
    const { lan, b } = pair();
    const second = b.stack.addInterface(lan.wire.port('other', multicastMac(at('224.0.0.9'))));
    const socket = b.stack.udp.open({ port: 5353 });
    socket.join(at('224.0.0.251'), 'n2');
    expect([b.on.inGroup(at('224.0.0.251')), second.inGroup(at('224.0.0.251'))]).toEqual([true, false]);
    socket.join(at('224.0.0.252'));
    expect([b.on.inGroup(at('224.0.0.252')), second.inGroup(at('224.0.0.252'))]).toEqual([true, true]);
  });

  it('packets for them go no further than the link, unless somebody says so: RFC 1112, section 6.1', () => {
    const { lan, a } = pair();
    const socket = a.stack.udp.open();
    lan.frames.length = 0;
    socket.send(Uint8Array.of(1), place('224.0.0.251', 5353), { interface: 'n1' });
    socket.send(Uint8Array.of(1), place('224.0.0.251', 5353), { interface: 'n1', hopLimit: 255 });
    expect(lan.frames.map(({ frame }) => frame[22])).toEqual([1, 255]);
  });
});

it('an error is told to the socket that it is about, and to no other', () => {
  const { lan, a } = pair();
  const said: string[] = [];
  const [first, second] = [a.stack.udp.open(), a.stack.udp.open()];
  first.onError = (remote, reason) => said.push(`first ${remote.port} ${reason.kind}`);
  second.onError = () => said.push('second');
  first.send(Uint8Array.of(1), place('192.0.2.2', 9));
  lan.pass(100);
  expect(said).toEqual(['first 9 port']);
});
