/** A busy network in virtual time: the host that is attacked, and everybody who talks with it. */
import { defaultInterface } from '../../settings/net.ts';
import { below, type Random, SeededRandom } from '../environment/random.ts';
import { Dhcp4Server } from '../host/fixture/dhcp4-server.ts';
import { Dhcp6Server } from '../host/fixture/dhcp6-server.ts';
import { Machine } from '../host/fixture/machine.ts';
import { Router } from '../host/fixture/router.ts';
import { Switch } from '../link/pipe.ts';
import type { TcpConnection, TcpLayer } from '../socket/tcp/connection.ts';
import { createTcp } from '../socket/tcp/tcp.ts';
import { at, Lan, macOf } from '../stack/fixture/lan.ts';
import { Stack } from '../stack/stack.ts';
import { type Address, isIpv4, parseAddress } from '../wire/address.ts';
import { emptyMessage, encodeDnsMessage, parseDnsMessage } from '../wire/dns/message.ts';
import { addressRecord } from '../wire/dns/record.ts';

/** Connections of the host with its peer that are under way at a time. */
const mostConnections = 48;

export class World {
  readonly lan: Lan;
  readonly machine: Machine;
  readonly random: Random;
  readonly router: Router;
  readonly dhcp: Dhcp4Server;
  /** On a second link that nobody attacks. */
  readonly friend: Stack;
  readonly #peer: TcpLayer;
  readonly #connections: TcpConnection[] = [];
  #activities = 0;

  constructor(seed: number) {
    this.lan = new Lan(seed);
    this.random = new SeededRandom(seed ^ 0x5eed);
    const { clock, random } = this.lan;
    this.router = new Router(
      this.lan,
      { managed: true, prefixes: [{ prefix: '2001:db8:1::' }], nameServers: ['2001:db8:1::1'], mtu: 1500 },
      'fe80::1',
      ['192.0.2.1/24', '2001:db8:1::1/64'],
    );
    const { node } = this.router;
    const terms = { server: '192.0.2.1', first: '192.0.2.10', router: '192.0.2.1', nameServer: '192.0.2.1' };
    this.dhcp = new Dhcp4Server(node, { ...terms, leaseTime: 300 });
    new Dhcp6Server(node, { prefix: '2001:db8:1::', nameServer: '2001:db8:1::1', lifetime: 300 });
    serveNames(node.stack);
    this.#peer = createTcp({ clock, random, network: node.stack });
    node.stack.attachTcp(this.#peer);
    serve(this.#peer, 80, random);
    this.lan.pass(10_000);
    const quiet = new Switch(clock, random);
    this.friend = new Stack({ clock, random }, { onChange: () => {}, onDuplicate: () => {}, onLinkChange: () => {} });
    this.friend.addInterface(quiet.port('friend', macOf(200))).addresses.add({
      address: at('198.51.100.1'),
      prefixLength: 24,
      origin: 'static',
      validUntil: Number.POSITIVE_INFINITY,
      preferredUntil: Number.POSITIVE_INFINITY,
    });
    const fixed = { method: 'static', address: '198.51.100.2/24', gateway: null } as const;
    this.machine = new Machine(this.lan, {
      lans: [this.lan, { wire: quiet }],
      net: {
        mdns: true,
        interfaces: {
          eth0: { ...defaultInterface, ipv6: { method: 'auto', temporary: true } },
          eth1: { ...defaultInterface, ipv4: fixed, ipv6: { method: 'off' } },
        },
      },
    });
    const { tcp, udp } = this.machine.host;
    serve(tcp, 22, random);
    const echo = udp.open({ port: 7 });
    // Two services that answer everything would talk with each other for ever.
    echo.onDatagram = ({ payload, remote }) => remote.port >= 1024 && echo.send(payload, remote);
    // The frames of a quiet network are not kept.
    this.lan.wire.observer = undefined;
    // Time enough to answer before the others do.
    node.port.conditions = { delay: 10 };
    this.machine.pass(20);
  }

  /** The addresses of the host on the link that is attacked. */
  addresses(): Address[] {
    const [eth0] = this.machine.host.status().interfaces;
    return (eth0?.addresses ?? []).flatMap(({ address }) => parseAddress(address) ?? []);
  }

  /** Something that is the everyday life of a host. */
  act(): void {
    const { random } = this;
    const { host } = this.machine;
    const family = below(random, 2) === 0 ? 4 : 6;
    const server = at(family === 4 ? '192.0.2.1' : '2001:db8:1::1');
    switch (this.#activities++ % 8) {
      case 0:
      case 1:
        this.#converse(host.tcp.connect({ address: server, port: 80 }));
        return;
      case 2:
      case 3: {
        const own = this.addresses().find((address) => isIpv4(address) === (family === 4));
        if (own !== undefined)
          this.#converse(this.#peer.connect({ address: own, port: below(random, 4) === 0 ? 23 : 22 }));
        return;
      }
      case 4:
        host.resolver.lookup(`h${below(random, 1000)}.example`).catch(() => {});
        return;
      case 5: {
        const session = host.echo(server);
        session.send(1, below(random, 3000));
        this.lan.clock.timer(() => session.close()).setIn(2000);
        return;
      }
      case 6: {
        const own = this.addresses().find((address) => isIpv4(address) === (family === 4));
        const { stack } = this.router.node;
        const session = own === undefined ? undefined : stack.echo.open(own);
        session?.send(1, below(random, 3000));
        session?.close();
        const socket = stack.udp.open();
        if (own !== undefined) socket.send(random.bytes(below(random, 2000)), { address: own, port: 7 });
        this.lan.clock.timer(() => socket.close()).setIn(1000);
        return;
      }
      default:
        this.router.announce();
    }
  }

  /** Data in one direction, an end of one kind or another, and a limit to how many there are. */
  #converse(connection: TcpConnection): void {
    const { random } = this;
    const payload = random.bytes(below(random, 2) === 0 ? 40 : 8000);
    connection.events = {
      onConnect: () => {
        connection.write(payload);
        if (below(random, 3) === 0) connection.finish();
      },
      onData: () => connection.read(),
      onEnd: () => connection.finish(),
    };
    this.#connections.push(connection);
    if (this.#connections.length > mostConnections) this.#connections.shift()?.abort();
  }
}

/** Sends back what it gets, and ends when the other end does, or out of temper. */
function serve(tcp: TcpLayer, port: number, random: Random): void {
  tcp.listen({ port }).onConnection = (connection) => {
    const temper = below(random, 10);
    connection.events = {
      onData: () => {
        const data = connection.read();
        if (data !== undefined) connection.write(data);
        if (temper === 0) connection.abort();
        if (temper === 1) connection.finish();
      },
      onEnd: () => connection.finish(),
    };
  };
}

/** A name server that knows every name. */
function serveNames(stack: Stack): void {
  const socket = stack.udp.open({ port: 53 });
  socket.onDatagram = ({ payload, remote }) => {
    const request = parseDnsMessage(payload);
    const [question] = request?.questions ?? [];
    if (request === undefined || request.response || question === undefined) return;
    const address = at(question.type === 28 ? '2001:db8:1::1' : '192.0.2.1');
    const answers = question.type === 1 || question.type === 28 ? [addressRecord(question.name, address, 30)] : [];
    const { id, questions } = request;
    const answer = encodeDnsMessage({
      ...emptyMessage,
      id,
      response: true,
      questions,
      answers,
      recursionAvailable: true,
    });
    if (answer !== undefined) socket.send(answer, remote);
  };
}
