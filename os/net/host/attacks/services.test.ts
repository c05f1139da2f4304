import { describe, expect, it } from 'vitest';
import { bytesOf, packetFrame, readPacket, tcpBytes, udpBytes } from '../../stack/fixture/frames.ts';
import { at, Lan } from '../../stack/fixture/lan.ts';
import { formatAddress } from '../../wire/address.ts';
import { u16 } from '../../wire/bytes.ts';
import { dhcp4Options, encodeDhcp4 } from '../../wire/dhcp4.ts';
import { type DnsMessage, emptyMessage, encodeDnsMessage, parseDnsMessage } from '../../wire/dns/message.ts';
import { addressRecord } from '../../wire/dns/record.ts';
import { broadcastMac } from '../../wire/mac.ts';
import { Attack } from '../fixture/attack.ts';
import { Dhcp4Server } from '../fixture/dhcp4-server.ts';
import { Machine } from '../fixture/machine.ts';

it.each([4, 6] as const)('a flood of SYNs by IPv%i does not keep out an honest client', (family) => {
  const attack = new Attack();
  const { tcp } = attack.machine.host;
  let accepted = 0;
  tcp.listen({ port: 80 }, { backlog: 64 }).onConnection = (connection) => {
    accepted += 1;
    connection.events = { onEnd: () => connection.finish() };
  };
  const flood = (round: number) =>
    Array.from({ length: 1000 }, (_, index) => {
      const source = family === 4 ? at(`203.0.113.${index & 255}`) : at(`2001:db8:f::${index.toString(16)}`);
      return attack.frame(
        { source, protocol: 6, payload: tcpBytes(1024 + index, 80, round * 7919 + index, 0, 2), checksumAt: 16 },
        family,
      );
    });
  for (let round = 0; round < 5; round++) {
    attack.inject(flood(round), 20);
    const address = family === 4 ? attack.own4 : attack.own6;
    const client = attack.peer.connect({ address, port: 80 });
    let connected = false;
    client.events = {
      onConnect: () => {
        connected = true;
        client.finish();
      },
    };
    attack.lan.pass(200);
    expect(connected).toBe(true);
  }
  expect(accepted).toBe(5);
  expect(attack.machine.host.sockets().length).toBeLessThan(500);
});

it.each([4, 6] as const)('a connection by IPv%i outlives what is sent blindly: RFC 5961', (family) => {
  const attack = new Attack();
  const got: number[] = [];
  attack.peer.listen({ port: 80 }).onConnection = (connection) => {
    connection.events = { onData: () => connection.write(connection.read() ?? new Uint8Array(0)) };
  };
  const remote = family === 4 ? attack.router4 : attack.router6;
  const connection = attack.machine.host.tcp.connect({ address: remote, port: 80 });
  let closed = false;
  connection.events = {
    onData: () => got.push(...(connection.read() ?? [])),
    onClose: () => {
      closed = true;
    },
  };
  attack.lan.pass(3000);
  const { port } = connection.local;
  // Resets, SYNs and data anywhere, every 16 k of the sequence space; the window is larger.
  let answers = 0;
  for (let guess = 0; guess < 2 ** 32; guess += 2 ** 26 - 7) {
    for (const flags of [4, 20, 2, 24]) {
      const payload = tcpBytes(80, port, guess, (guess * 3) >>> 0, flags, flags === 24 ? [66, 66] : []);
      answers += attack.inject(
        attack.frame({ source: remote, protocol: 6, payload, checksumAt: 16 }, family),
        0,
      ).length;
    }
  }
  attack.lan.pass(1000);
  connection.write(Uint8Array.of(1, 2, 3));
  attack.lan.pass(3000);
  expect([closed, got]).toEqual([false, [1, 2, 3]]);
  // And it does not become a source of acknowledgements: RFC 5961, section 7.
  expect(answers).toBeLessThan(300);
});

it('an answer of DNS must come from where the question went, to its port, with its number', async () => {
  const attack = new Attack({ nameServers: ['192.0.2.1'] });
  const server = attack.router.node.stack.udp.open({ port: 53 });
  let asked: { port: number; id: number } | undefined;
  const answer = (id: number, name: string, text: string) =>
    encodeDnsMessage({
      ...emptyMessage,
      id,
      response: true,
      recursionAvailable: true,
      questions: [{ name, type: 1, class: 1 }],
      answers: [addressRecord(name, at(text), 60)],
    }) as Uint8Array;
  /** What the server says; nothing to what is not asked for here. */
  const reply = (request: DnsMessage) => {
    const { id, questions } = request;
    const [question] = questions;
    const answers = question?.type === 1 ? [addressRecord(question.name, at('192.0.2.80'), 60)] : [];
    return encodeDnsMessage({ ...emptyMessage, id, response: true, questions, answers }) as Uint8Array;
  };
  const waiting: (() => void)[] = [];
  server.onDatagram = ({ payload, remote }) => {
    const request = parseDnsMessage(payload);
    if (request === undefined) return;
    asked = { port: remote.port, id: request.id };
    waiting.push(() => server.send(reply(request), remote));
  };
  // Whoever gets too many wrong answers asks by TCP: RFC 5452, section 9.1.
  attack.peer.listen({ port: 53 }).onConnection = (connection) => {
    connection.events = {
      onData: () => {
        const request = parseDnsMessage(connection.read()?.subarray(2) ?? new Uint8Array(0));
        if (request === undefined) return;
        const bytes = reply(request);
        connection.write(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes));
      },
    };
  };
  const found = attack.machine.host.resolver.lookup('www.example', 4);
  for (let step = 0; step < 20 && asked === undefined; step++) {
    attack.lan.pass(10);
    await Promise.resolve();
  }
  const { port, id } = asked ?? { port: 0, id: 0 };
  expect(port).toBeGreaterThan(1023);
  const spoof = (source: string, to: number, number: number) =>
    attack.frame({
      source: at(source),
      protocol: 17,
      payload: udpBytes(53, to, [...answer(number, 'www.example', '203.0.113.66')]),
      checksumAt: 6,
    });
  for (let guess = 0; guess < 500; guess++) attack.inject(spoof('192.0.2.1', port, (id + 1 + guess * 131) & 0xffff), 0);
  for (let guess = 0; guess < 500; guess++)
    attack.inject(spoof('192.0.2.1', 1024 + guess * 128 === port ? 1 : 1024 + guess * 128, id), 0);
  attack.inject(spoof('192.0.2.77', port, id), 0);
  for (const send of waiting) send();
  for (let step = 0; step < 50; step++) {
    attack.lan.pass(100);
    await Promise.resolve();
  }
  expect((await found).map(formatAddress)).toEqual(['192.0.2.80']);
});

describe('a server of DHCP that is none', () => {
  function network() {
    const lan = new Lan();
    const node = lan.node(['192.0.2.1/24']);
    const server = new Dhcp4Server(node, {
      server: '192.0.2.1',
      first: '192.0.2.10',
      router: '192.0.2.1',
      nameServer: '192.0.2.1',
    });
    lan.pass(10_000);
    const machine = new Machine(lan, { settings: { ipv6: { method: 'off' } } });
    lan.pass(20_000);
    const reply = (type: number, transaction: number, more: readonly (readonly [number, Uint8Array])[] = []) => {
      const options = new Map<number, Uint8Array>([
        [dhcp4Options.messageType, Uint8Array.of(type)],
        [dhcp4Options.server, Uint8Array.from(bytesOf(at('192.0.2.66')))],
        [dhcp4Options.leaseTime, Uint8Array.of(0, 1, 0, 0)],
        [dhcp4Options.subnetMask, Uint8Array.of(255, 255, 255, 0)],
        ...more,
      ]);
      const message = encodeDhcp4({
        operation: 'reply',
        transaction,
        seconds: 0,
        broadcast: true,
        clientAddress: at('0.0.0.0'),
        yourAddress: at('192.0.2.99'),
        mac: machine.port.mac,
        options,
      });
      const frame = packetFrame({
        to: broadcastMac,
        from: node.port.mac,
        source: at('192.0.2.66'),
        destination: at('255.255.255.255'),
        protocol: 17,
        payload: udpBytes(67, 68, [...message]),
        checksumAt: 6,
      });
      machine.port.deliver(frame, { checksum: 'unknown', segmentSize: 0 });
    };
    return { lan, server, machine, reply };
  }

  it('is not heard when nobody asked, whatever it says', () => {
    const { lan, machine, reply } = network();
    for (const type of [2, 5, 6]) {
      for (let transaction = 0; transaction < 200; transaction++) reply(type, transaction * 21_474_836);
    }
    lan.pass(1000);
    expect(machine.addresses()).toEqual(['192.0.2.10/24 dhcp preferred']);
    expect(machine.routers()).toEqual(['192.0.2.1 eth0']);
  });

  it('cannot make an address of a group, of a loopback, or of everybody', () => {
    const { lan, server, machine } = network();
    server.enabled = false;
    machine.port.plugged = false;
    lan.pass(1000);
    for (const first of ['224.0.0.1', '127.0.0.1', '255.255.255.255', '0.0.0.0']) {
      server.terms = { ...server.terms, first };
      server.bindings.clear();
      server.enabled = true;
      machine.port.plugged = true;
      lan.pass(60_000);
      expect(machine.addresses(4).every((each) => /^(192\.0\.2\.|169\.254\.)/.test(each))).toBe(true);
      machine.port.plugged = false;
      lan.pass(1000);
    }
  });
});

it('closed ports cost nothing but resets, and those are limited', () => {
  const attack = new Attack();
  const frames = Array.from({ length: 5000 }, (_, index) =>
    attack.frame({ protocol: 6, payload: tcpBytes(1024 + index, 81, index, 0, 2), checksumAt: 16 }),
  );
  const sent = attack.inject(frames, 100).flatMap((frame) => readPacket(frame) ?? []);
  const resets = sent.filter(({ protocol, payload }) => protocol === 6 && (payload[13] as number) === 20);
  expect(resets.length).toBeLessThanOrEqual(1100);
  expect(new Set(resets.map(({ payload }) => u16(payload, 0)))).toEqual(new Set([81]));
});
