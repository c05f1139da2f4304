import { describe, expect, it } from 'vitest';
import type { TcpConnection } from '../../socket/tcp/connection.ts';
import { icmpBytes, quoted, readPacket } from '../../stack/fixture/frames.ts';
import { put32, u32 } from '../../wire/bytes.ts';
import { Attack } from '../fixture/attack.ts';

/** A connection of the host with its router over which data flows, and the segments that are under way. */
function busy(family: 4 | 6) {
  const attack = new Attack();
  attack.peer.listen({ port: 80 }).onConnection = (connection) => {
    connection.events = { onData: () => connection.read() };
  };
  const address = family === 4 ? attack.router4 : attack.router6;
  const connection = attack.machine.host.tcp.connect({ address, port: 80 });
  connection.events = {};
  attack.lan.pass(2000);
  // From now on the answers take their time.
  attack.router.node.port.conditions = { delay: 300 };
  const before = attack.lan.frames.length;
  connection.write(new Uint8Array(20_000));
  attack.lan.pass(10);
  const segments = attack.lan.frames
    .slice(before)
    .flatMap(({ frame, from }) => (from === 'eth0' && frame.length > 500 ? [frame] : []));
  expect(segments.length).toBeGreaterThan(3);
  return { attack, connection, segment: segments[0] as Uint8Array };
}

/** What a router says about a packet that is too big. */
const tooBig = (attack: Attack, family: 4 | 6, packet: Uint8Array, mtu: number) =>
  attack.inject(
    attack.frame(
      family === 4
        ? { protocol: 1, payload: icmpBytes(3, 4, mtu, quoted(packet).subarray(0, 28)), checksumAt: 2 }
        : { protocol: 58, payload: icmpBytes(2, 0, mtu, quoted(packet).subarray(0, 1200)), checksumAt: 2 },
      family,
    ),
  );

/** The longest packet that the host sends from now on. */
function widest(attack: Attack, connection: TcpConnection): number {
  const before = attack.lan.frames.length;
  attack.router.node.port.conditions = {};
  attack.lan.pass(3000);
  connection.write(new Uint8Array(50_000));
  attack.lan.pass(3000);
  const own = attack.lan.frames.slice(before).filter(({ from }) => from === 'eth0');
  return Math.max(...own.map(({ frame }) => frame.length - 14));
}

describe.each([4, 6] as const)('a router that says that a packet of IPv%i is too big', (family) => {
  it('is believed about a segment that is on its way', () => {
    const { attack, connection, segment } = busy(family);
    tooBig(attack, family, segment, 1300);
    expect(widest(attack, connection)).toBe(1300);
  });

  it('is not believed about a segment that was not sent: RFC 5927, section 7.2', () => {
    const { attack, connection, segment } = busy(family);
    const forged = segment.slice();
    const sequence = family === 4 ? 38 : 58;
    for (const wrong of [1_000_000, -1_000_000, 2 ** 31]) {
      put32(forged, sequence, (u32(segment, sequence) + wrong) >>> 0);
      tooBig(attack, family, forged, 1300);
    }
    expect(widest(attack, connection)).toBe(1500);
  });

  it('is not believed about a connection that is not there, a packet that would have fitted, or another host', () => {
    const { attack, connection, segment } = busy(family);
    const ports = family === 4 ? 34 : 54;
    const other = segment.slice();
    other[ports] = (other[ports] as number) ^ 0xff;
    tooBig(attack, family, other, 1300);
    tooBig(attack, family, segment, 1500);
    const stranger = segment.slice();
    stranger[family === 4 ? 29 : 37] = 0x99;
    tooBig(attack, family, stranger, 1300);
    expect(widest(attack, connection)).toBe(1500);
  });

  it('makes no packet smaller than is honest', () => {
    const { attack, connection, segment } = busy(family);
    tooBig(attack, family, segment, 68);
    expect(widest(attack, connection)).toBe(family === 4 ? 552 : 1280);
  });

  it('is not believed about a destination that nothing is sent to', () => {
    const attack = new Attack();
    // A datagram that nobody sent, from a port that nobody has.
    const { machine, lan } = attack;
    const far = attack.far(family);
    const socket = machine.host.udp.open({ port: 9999 });
    const before = lan.frames.length;
    socket.send(new Uint8Array(1400), { address: far, port: 9 });
    lan.pass(100);
    const sent = lan.frames.slice(before).find(({ frame }) => readPacket(frame)?.protocol === 17)?.frame as Uint8Array;
    socket.close();
    tooBig(attack, family, sent, 1280);
    const again = machine.host.udp.open({ port: 9998 });
    lan.frames.length = 0;
    again.send(new Uint8Array(1400), { address: far, port: 9 });
    lan.pass(100);
    expect(lan.frames.filter(({ from, frame }) => from === 'eth0' && frame.length > 1000)).toHaveLength(1);
  });
});

it('a datagram that routers may cut cannot have been too big for them', () => {
  const attack = new Attack();
  const socket = attack.machine.host.udp.open({ port: 9999 });
  const far = { address: attack.far(4), port: 9 };
  attack.lan.frames.length = 0;
  socket.send(new Uint8Array(1400), far);
  attack.lan.pass(2000);
  const sent = attack.lan.frames.find(({ frame }) => readPacket(frame)?.protocol === 17)?.frame as Uint8Array;
  tooBig(attack, 4, sent, 600);
  attack.lan.frames.length = 0;
  socket.send(new Uint8Array(1400), far);
  attack.lan.pass(100);
  expect(attack.lan.frames.filter(({ frame }) => frame.length > 1000)).toHaveLength(1);
});

it('after ten minutes larger packets are tried again', () => {
  const { attack, connection, segment } = busy(6);
  tooBig(attack, 6, segment, 1300);
  expect(widest(attack, connection)).toBe(1300);
  attack.lan.pass(600_000);
  expect(widest(attack, connection)).toBe(1500);
});
