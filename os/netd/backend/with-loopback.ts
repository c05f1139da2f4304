/**
 * Our stack for the network, and Linux's for loopback, so that programs which know only Linux's sockets (Chromium, the
 * proxy's clients) and services over ours meet at 127.0.0.1 and ::1. Who listens on every address does so on both.
 */
import type { TcpListener } from '../../net/socket/tcp/connection.ts';
import type { UdpSocket } from '../../net/socket/udp-contract.ts';
import { type Address, isLoopback, isMulticast, readIpv4, readIpv6 } from '../../net/wire/address.ts';
import type { SocketStatus } from '../../sockets/status.ts';
import type { Backend } from './backend.ts';

const loopbacks: readonly Address[] = [
  readIpv4(Uint8Array.of(127, 0, 0, 1), 0),
  readIpv6(Uint8Array.of(...new Array<number>(15).fill(0), 1), 0),
];

export function withLoopback(
  network: Backend,
  loopback: Pick<Backend, 'connect' | 'listen' | 'openUdp' | 'sockets'>,
): Backend {
  return {
    ...network,
    connect: (remote, options) => (isLoopback(remote.address) ? loopback : network).connect(remote, options),
    async listen(place, options) {
      const { address } = place;
      if (address !== undefined) return (isLoopback(address) ? loopback : network).listen(place, options);
      const everywhere = await network.listen(place, options);
      const { port } = everywhere.local;
      const local = await allOrNone(loopbacks.map((each) => loopback.listen({ address: each, port }, options)));
      if (local instanceof Error) {
        everywhere.close();
        throw local;
      }
      return together(everywhere, local);
    },
    async openUdp(place) {
      const { address } = place;
      if (address !== undefined) return (isLoopback(address) ? loopback : network).openUdp(place);
      const everywhere = await network.openUdp(place);
      const { port } = everywhere.local;
      const local = await allOrNone(loopbacks.map((each) => loopback.openUdp({ ...place, address: each, port })));
      if (local instanceof Error) {
        everywhere.close();
        throw local;
      }
      return udpTogether(everywhere, local);
    },
    sockets: (): readonly SocketStatus[] => [...network.sockets(), ...loopback.sockets()],
  };
}

/** Everything that was opened, or the first error, with what could be opened closed. */
async function allOrNone<T extends { close(): void }>(opening: readonly Promise<T>[]): Promise<readonly T[] | Error> {
  const outcomes = await Promise.allSettled(opening);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (failed === undefined) return opened;
  for (const each of opened) each.close();
  return failed.reason as Error;
}

function together(everywhere: TcpListener, local: readonly TcpListener[]): TcpListener {
  const listener: TcpListener = {
    local: everywhere.local,
    onConnection: () => {},
    close() {
      for (const each of [everywhere, ...local]) each.close();
    },
  };
  for (const each of [everywhere, ...local]) each.onConnection = (connection) => listener.onConnection(connection);
  return listener;
}

function udpTogether(everywhere: UdpSocket, local: readonly UdpSocket[]): UdpSocket {
  const socketTo = (address: Address): UdpSocket =>
    (isLoopback(address) && !isMulticast(address)
      ? local.find((each) => each.local.address?.length === address.length)
      : undefined) ?? everywhere;
  const socket: UdpSocket = {
    local: everywhere.local,
    onDatagram: undefined,
    onError: undefined,
    send: (payload, remote, options) => socketTo(remote.address).send(payload, remote, options),
    join: (group, name) => everywhere.join(group, name),
    close() {
      for (const each of [everywhere, ...local]) each.close();
    },
  };
  for (const each of [everywhere, ...local]) {
    each.onDatagram = (datagram) => socket.onDatagram?.(datagram);
    each.onError = (remote, reason) => socket.onError?.(remote, reason);
  }
  return socket;
}
