/**
 * One end of a measurement, started by `./panos bench net` in a network namespace. What it is to do is a JSON object in its
 * one argument; a server says `ready`, everything else prints a number.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { claimInterface } from '../../net/link/packet/claim.ts';
import { openPacketLink } from '../../net/link/packet/packet-link.ts';
import { linuxNetwork as kernel } from '../../syscall/linux/network/kernel.ts';
import { startLocalStack } from '../conformance/local-stack.ts';
import { TamperedLink } from '../conformance/tampered-link.ts';
import { linuxTransport } from './linux-transport.ts';
import { ourTransport } from './our-transport.ts';
import { connections, receive, send, serve } from './services.ts';
import type { Transport } from './transport.ts';

interface Assignment {
  readonly stack: Stack;
  readonly work: Work;
}

/** Linux's, as it is configured, or ours on an interface of which it takes hold. */
type Stack = 'linux' | { readonly interface: string; readonly address: string; readonly offload: boolean };

type Work =
  | { readonly kind: 'serve' }
  | { readonly kind: 'send' | 'receive'; readonly to: string; readonly seconds: number }
  | { readonly kind: 'connections'; readonly to: string; readonly count: number; readonly parallel: number };

async function transportOf(stack: Stack): Promise<Transport> {
  if (stack === 'linux') return linuxTransport;
  claimInterface(kernel, stack.interface);
  const link = new TamperedLink(openPacketLink(kernel, stack.interface), stack.offload);
  const local = startLocalStack(link, [{ address: stack.address, prefixLength: 24 }], (error) => {
    throw error;
  });
  while (!link.up) await delay(10);
  return ourTransport(local);
}

function result(transport: Transport, work: Exclude<Work, { kind: 'serve' }>): Promise<number> {
  if (work.kind === 'connections') return connections(transport, work.to, work);
  return work.kind === 'send' ? send(transport, work.to, work.seconds) : receive(transport, work.to, work.seconds);
}

const { stack, work } = JSON.parse(process.argv[2] ?? '') as Assignment;
const transport = await transportOf(stack);
if (work.kind === 'serve') {
  await serve(transport);
  process.stdout.write('ready\n');
} else {
  process.stdout.write(`${await result(transport, work)}\n`);
  process.exit();
}
