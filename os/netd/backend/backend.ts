/**
 * The network as the socket server, the proxy and the commands see it, whichever stack is beneath: ours (`panos.ts`) or
 * Linux's (`kernel.ts`). The types are those of our stack's contracts.
 */
import type { EchoSession, Resolver } from '../../net/host/host.ts';
import type { TcpConnection, TcpLayer, TcpListener, TcpOptions } from '../../net/socket/tcp/connection.ts';
import type { UdpLayer, UdpSocket } from '../../net/socket/udp-contract.ts';
import type { Address, Endpoint } from '../../net/wire/address.ts';
import type { NetworkStatus, SocketStatus } from '../../sockets/status.ts';

export type UdpPlace = NonNullable<Parameters<UdpLayer['open']>[0]>;
export type ListenPlace = Parameters<TcpLayer['listen']>[0];

export interface Backend {
  /** Failures come by `onClose`, never before this returns. */
  connect(remote: Endpoint, options?: TcpOptions & { local?: Partial<Endpoint> }): TcpConnection;
  /** Rejects with an Error whose `code` is EADDRINUSE or EADDRNOTAVAIL. */
  listen(local: ListenPlace, options?: { backlog?: number }): Promise<TcpListener>;
  /** As `listen`. */
  openUdp(local: UdpPlace): Promise<UdpSocket>;
  readonly resolver: Resolver;
  /** @throws Error with a `code` where this stack cannot do that */
  echo(destination: Address): EchoSession;
  status(): NetworkStatus;
  sockets(): readonly SocketStatus[];
}
