import type { EchoSession } from '../../net/host/host.ts';
import type { TcpConnection } from '../../net/socket/tcp/connection.ts';
import { formatEndpoint, isUnspecified } from '../../net/wire/address.ts';
import type { NetworkStatus, SocketStatus } from '../../sockets/status.ts';
import type { Backend } from './backend.ts';
import { kernelResolver } from './kernel-resolver.ts';
import { KernelTcp } from './kernel-tcp.ts';
import { openKernelUdp } from './kernel-udp.ts';

/** Linux's stack. `status` tells how the interfaces are configured. */
export function kernelBackend(status: () => NetworkStatus): Backend {
  const tcp = new KernelTcp();
  return {
    connect: tcp.connect,
    listen: (place, options) => tcp.listen(place, options),
    openUdp: openKernelUdp,
    resolver: kernelResolver(() => status().nameServers),
    echo: (): EchoSession => {
      throw Object.assign(new Error('echo requests are sent by our own stack only (net.stack "panos")'), {
        code: 'ENOTSUP',
      });
    },
    status,
    sockets: () => Array.from(tcp.list(), describe),
  };
}

function describe(entry: ReturnType<KernelTcp['list']> extends Iterable<infer T> ? T : never): SocketStatus {
  const local = isUnspecified(entry.local.address) ? `*:${entry.local.port}` : formatEndpoint(entry.local);
  const unknown = { roundTrip: null, congestionWindow: null, retransmits: null };
  if (!('state' in entry)) {
    return { protocol: 'tcp', state: 'listen', local, remote: null, sendQueue: 0, receiveQueue: 0, ...unknown };
  }
  const { state, remote, statistics } = entry satisfies TcpConnection;
  const { sendQueue, receiveQueue } = statistics;
  return { protocol: 'tcp', state, local, remote: formatEndpoint(remote), sendQueue, receiveQueue, ...unknown };
}
