import { describe, expect, it } from 'vitest';
import type { EchoReply } from '../socket/echo-contract.ts';
import { isPath } from '../socket/network.ts';
import type { Datagram } from '../socket/udp-contract.ts';
import { formatAddress, unspecified4 } from '../wire/address.ts';
import { emitArp } from '../wire/arp.ts';
import { emitEthernet, ethernetHeader, etherTypes } from '../wire/ethernet.ts';
import { broadcastMac, type MacAddress, noMac } from '../wire/mac.ts';
import { at, Lan, macOf, type Node } from './fixture/lan.ts';

function ping(lan: Lan, from: Node, to: string, bytes = 56, wait = 4000): EchoReply[] {
  const replies: EchoReply[] = [];
  const session = from.stack.echo.open(at(to));
  session.onReply = (reply) => replies.push(reply);
  expect(session.send(1, bytes)).toBeUndefined();
  lan.pass(wait);
  session.close();
  return replies;
}

describe.each([
  ['IPv4', '192.0.2.1/24', '192.0.2.2/24', '192.0.2.9'],
  ['IPv6', '2001:db8::1/64', '2001:db8::2/64', '2001:db8::9'],
])('two hosts on a link by %s', (_, first, second, nobody) => {
  const address = second.split('/')[0] as string;

  it('find and answer each other', () => {
    const lan = new Lan();
    const [a, b] = [lan.node([first]), lan.node([second])];
    const [reply] = ping(lan, a, address);
    expect(reply).toMatchObject({ kind: 'reply', sequence: 1, hopLimit: 64, bytes: 56 });
    const cache = a.on.neighboursOf(at(address));
    expect(cache.get(at(address))?.mac).toBe(b.port.mac);
  });

  it('exchange packets longer than the link carries, in fragments', () => {
    const lan = new Lan();
    const [a] = [lan.node([first]), lan.node([second])];
    expect(ping(lan, a, address, 9000)[0]).toMatchObject({ kind: 'reply', bytes: 9000 });
    expect(a.stack.counters.ip.fragmented).toBe(7);
  });

  it('learn that nobody is there', () => {
    const lan = new Lan();
    const a = lan.node([first]);
    expect(ping(lan, a, nobody)).toEqual([
      { kind: 'unreachable', from: undefined, sequence: 1, reason: 'no-neighbour' },
    ]);
  });

  it('notice when one has the address of the other', () => {
    const lan = new Lan();
    const a = lan.node([first]);
    lan.pass(10_000);
    const thief = lan.node([first]);
    lan.pass(10_000);
    expect(thief.duplicates.map((each) => formatAddress(each.address))).toEqual([first.split('/')[0]]);
    expect(thief.stack.owns(at(first.split('/')[0] as string))).toBe(false);
    expect(a.duplicates).toEqual([]);
    expect([...a.on.addresses][0]?.state).toBe('preferred');
  });

  it('both give way when they start together', () => {
    const lan = new Lan();
    const [a, b] = [lan.node([first]), lan.node([first])];
    lan.pass(10_000);
    expect(a.duplicates.length + b.duplicates.length).toBeGreaterThan(0);
  });

  it('answer a host itself without a frame', () => {
    const lan = new Lan();
    const a = lan.node([first]);
    lan.pass(10_000);
    const before = lan.frames.length;
    expect(ping(lan, a, first.split('/')[0] as string)).toHaveLength(1);
    expect(lan.frames.length).toBe(before);
  });

  it('deliver datagrams, and say when a port is closed', () => {
    const lan = new Lan();
    const [a, b] = [lan.node([first]), lan.node([second])];
    const got: Datagram[] = [];
    const server = b.stack.udp.open({ port: 7 });
    server.onDatagram = (datagram) => {
      got.push(datagram);
      server.send(datagram.payload, datagram.remote);
    };
    // Addresses that both still have to be proved say nothing of where they are: RFC 4429.
    lan.pass(1500);
    const client = a.stack.udp.open();
    const answers: Datagram[] = [];
    const errors: string[] = [];
    client.onDatagram = (datagram) => answers.push(datagram);
    client.onError = (remote, reason) => errors.push(`${remote.port} ${reason.kind}`);
    const payload = Uint8Array.from({ length: 5001 }, (_unused, index) => index & 0xff);
    expect(client.send(payload, { address: at(address), port: 7 })).toBe(true);
    lan.pass(100);
    expect(got[0]?.payload).toEqual(payload);
    expect(answers[0]?.payload).toEqual(payload);
    expect(got[0]?.remote).toEqual({ address: at(first.split('/')[0] as string), port: client.local.port });
    client.send(payload.subarray(0, 10), { address: at(address), port: 9 });
    lan.pass(100);
    expect(errors).toEqual(['9 port']);
  });
});

describe('neighbours', () => {
  it('are probed after use, and given up when they are gone', () => {
    const lan = new Lan();
    const [a, b] = [lan.node(['192.0.2.1/24']), lan.node(['192.0.2.2/24'])];
    ping(lan, a, '192.0.2.2');
    lan.pass(60_000);
    const cache = a.on.neighbours[4];
    const neighbour = cache.get(at('192.0.2.2'));
    expect(neighbour && cache.stateOf(neighbour)).toBe('stale');
    b.port.plugged = false;
    expect(ping(lan, a, '192.0.2.2')).toEqual([]);
    lan.pass(10_000);
    expect(cache.get(at('192.0.2.2'))?.state ?? 'failed').toBe('failed');
  });

  it('survive a flood of unknown addresses with bounded memory, and the known ones stay', () => {
    const lan = new Lan();
    const [a] = [lan.node(['10.0.0.1/8']), lan.node(['10.0.0.2/8'])];
    ping(lan, a, '10.0.0.2');
    for (let index = 0; index < 5000; index++) {
      const path = a.stack.path(at(`10.1.${index >> 8}.${index & 255}`));
      if (isPath(path)) path.begin(17, 8)?.send(8, { checksumOffset: 6 });
    }
    expect([...a.on.neighbours[4]].length).toBeLessThanOrEqual(260);
    expect(a.on.neighbours[4].get(at('10.0.0.2'))?.state).toBe('reachable');
  });

  it('do not change by ARP that nobody asked for from a stranger', () => {
    const lan = new Lan();
    const a = lan.node(['192.0.2.1/24']);
    const frame = new Uint8Array(60);
    emitEthernet(frame, 0, broadcastMac, macOf(66), etherTypes.arp);
    emitArp(frame, ethernetHeader, {
      operation: 'request',
      senderMac: macOf(66),
      senderAddress: at('192.0.2.77'),
      targetMac: noMac as MacAddress,
      targetAddress: at('192.0.2.77'),
    });
    a.port.onFrame(frame, 0, 60, { checksum: 'unknown', segmentSize: 0 });
    expect([...a.on.neighbours[4]]).toEqual([]);
  });
});

describe('addresses', () => {
  it('are defended once in ten seconds, then given up: RFC 5227, section 2.4', () => {
    const lan = new Lan();
    const a = lan.node([]);
    const [address, forEver] = [at('192.0.2.1'), Number.POSITIVE_INFINITY];
    a.on.addresses.add({ address, prefixLength: 24, origin: 'dhcp', validUntil: forEver, preferredUntil: forEver });
    lan.pass(10_000);
    a.on.addresses.conflict(address, macOf(9));
    expect(a.stack.owns(address)).toBe(true);
    lan.pass(5000);
    a.on.addresses.conflict(address, macOf(9));
    expect(a.stack.owns(address)).toBe(false);
    expect(a.duplicates).toHaveLength(1);
  });

  it('come to their end', () => {
    const lan = new Lan();
    const a = lan.node([]);
    const address = at('2001:db8::5');
    a.on.addresses.add({ address, prefixLength: 64, origin: 'slaac', validUntil: 20_000, preferredUntil: 10_000 });
    lan.pass(5000);
    expect(a.on.addresses.get(address)?.state).toBe('preferred');
    lan.pass(10_000);
    expect(a.on.addresses.get(address)?.state).toBe('deprecated');
    lan.pass(10_000);
    expect(a.on.addresses.get(address)).toBeUndefined();
  });

  it('are not taken from a link on which they are not', () => {
    const lan = new Lan();
    const [a, b] = [lan.node(['192.0.2.1/24']), lan.node(['192.0.2.2/24', '198.51.100.1/24'])];
    expect(isPath(a.stack.path(at('198.51.100.1')))).toBe(false);
    expect(b.stack.owns(at('192.0.2.1'))).toBe(false);
  });

  it('a packet may be sent from none to everybody: what DHCP needs', () => {
    const lan = new Lan();
    const [a, b] = [lan.node([]), lan.node(['192.0.2.2/24'])];
    const got: Datagram[] = [];
    b.stack.udp.open({ port: 67 }).onDatagram = (datagram) => got.push(datagram);
    const client = a.stack.udp.open({ port: 68, interface: a.port.name });
    expect(client.send(Uint8Array.of(1, 2, 3), { address: at('255.255.255.255'), port: 67 })).toBe(true);
    lan.pass(10);
    expect(got[0]).toMatchObject({ remote: { address: unspecified4, port: 68 }, destination: at('255.255.255.255') });
  });
});
