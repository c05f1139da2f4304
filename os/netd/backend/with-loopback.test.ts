import { connect as nodeConnect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { TcpListener } from '../../net/socket/tcp/connection.ts';
import type { UdpSocket } from '../../net/socket/udp-contract.ts';
import { address, emptyStatus, MemoryNetwork } from '../fixture/memory-network.ts';
import { kernelBackend } from './kernel.ts';
import { withLoopback } from './with-loopback.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

const both = (network = new MemoryNetwork()) => ({
  network,
  backend: withLoopback(
    network,
    kernelBackend(() => emptyStatus),
  ),
});
const outside = address('192.0.2.1');

it('who listens everywhere is reached over the network and by any program over loopback', async () => {
  const { backend, network } = both();
  const listener: TcpListener = await backend.listen({ port: 0 });
  open.push(listener);
  const { port } = listener.local;
  let taken = 0;
  const twice = new Promise<void>((resolve) => {
    listener.onConnection = (connection) => {
      connection.events = {};
      connection.abort();
      if (++taken === 2) resolve();
    };
  });
  nodeConnect(port, '127.0.0.1').on('error', () => {});
  backend.connect({ address: outside, port });
  await twice;
  expect(network.attempts).toEqual([outside]);
  await expect(backend.listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(backend.listen({ address: address('127.0.0.1'), port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('datagrams go where their address says', async () => {
  const { backend } = both();
  const receiver: UdpSocket = await backend.openUdp({ port: 0 });
  const sender: UdpSocket = await backend.openUdp({ port: 0 });
  open.push(receiver, sender);
  const heard: string[] = [];
  const twice = new Promise<void>((resolve) => {
    receiver.onDatagram = ({ payload }) => {
      if (heard.push(Buffer.from(payload).toString()) === 2) resolve();
    };
  });
  const { port } = receiver.local;
  sender.send(Buffer.from('loopback'), { address: address('127.0.0.1'), port });
  sender.send(Buffer.from('network'), { address: outside, port });
  await twice;
  expect(heard.sort()).toEqual(['loopback', 'network']);
});
