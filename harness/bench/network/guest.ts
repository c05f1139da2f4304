/** The network of a whole machine: when it is there, and what a download over it comes to. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Deadline } from '../../../host/lib/deadline.ts';
import { SerialConsole } from '../../guest/serial-console.ts';
import { LabError, type Machine } from '../../machine/contract.ts';
import { type Bench, freshMachine, patience } from '../bench.ts';
import { type Figure, figure } from '../figure.ts';
import { firstLine } from '../panos.ts';
import { Series } from '../series.ts';

/** Where a guest on QEMU's user network finds the host's loopback. */
const host = '10.0.2.2';
/** Bytes of a download: seconds, under emulation. */
const size = 32 * 1024 * 1024;

/** Our stack, and Linux's in the same system. */
const stacks = ['panos', 'kernel'] as const;

/** What the daemon logs when it has an address; the number is in seconds since the kernel started. */
const addressRecord = /network: \S+ \S+ by DHCP after ([\d.]+) s/;

/** The stacks take turns. */
export async function measureGuests(bench: Bench): Promise<readonly Figure[]> {
  const series = new Series();
  await using server = await serve();
  await bench.progress.step('Downloading into machines', async (report) => {
    for (let run = 1; run <= bench.runs; run++) {
      for (const stack of stacks) {
        report(`with the stack "${stack}", ${run} of ${bench.runs}`);
        await measureOnce(bench, stack, server.port, series);
      }
    }
  });
  const named = (name: string) => series.compared(name, { name: 'panos' }, { name: 'kernel' });
  return [
    figure({ name: 'boot.network', unit: 's', samples: series.of('panos', 'boot.network') }),
    figure({ name: 'net.restart', unit: 's', samples: series.of('panos', 'net.restart') }),
    figure({
      name: 'net.guest.download',
      unit: 'Mbit/s',
      ...named('net.guest.download'),
      method: `${size / 2 ** 20} MiB over QEMU's user network; the yardstick is the same system with Linux's stack`,
    }),
  ];
}

async function measureOnce(bench: Bench, stack: (typeof stacks)[number], port: number, series: Series): Promise<void> {
  const fresh = await freshMachine(bench, bench.panos);
  await using machine = await bench.driver.create({
    ...fresh,
    provisioning: { settings: JSON.stringify({ net: { stack } }) },
  });
  const deadline = Deadline.in(patience);
  await machine.start(deadline);
  const console = new SerialConsole(machine);
  await console.waitForText(bench.panos.ready, deadline);
  if (stack === 'panos') {
    series.add(stack, 'boot.network', (await addressAt(console, deadline)) - firstLineAt(machine));
  }
  // The first one also loads what the console needs for it.
  await download(console, port, 1, deadline);
  series.add(stack, 'net.guest.download', await download(console, port, size, deadline));
  if (stack === 'panos') series.add(stack, 'net.restart', await killDaemon(console, deadline));
}

/** Kills the network daemon. @returns seconds by the guest's clock from its end to an address by DHCP */
async function killDaemon(console: SerialConsole, deadline: Deadline): Promise<number> {
  const { values: services } = await console.run('services', deadline);
  const pid = services.find(({ name }) => name === 'net')?.['pid'];
  if (typeof pid !== 'number') throw new LabError('the service net has no process');
  await console.run(`kill --signal KILL ${pid}`, deadline);
  return await deadline.poll('an address after the daemon was killed', async () => {
    const { values: init } = await console.run('log --unit init', deadline);
    const end = Number(init.findLast(({ message }) => /^net ended /.test(String(message)))?.['uptime']);
    const { values: net } = await console.run('log --unit net', deadline);
    const moments = net.map(({ message }) => Number(addressRecord.exec(String(message))?.[1]));
    const found = moments.find((moment) => moment > end);
    return found === undefined ? undefined : found - end;
  });
}

/** When there was an address: seconds by the guest's clock. */
async function addressAt(console: SerialConsole, deadline: Deadline): Promise<number> {
  return await deadline.poll('an address by DHCP', async () => {
    const { values } = await console.run('log --unit net', deadline);
    const [found] = values.flatMap(({ message }) => addressRecord.exec(String(message))?.[1] ?? []);
    return found === undefined ? undefined : Number(found);
  });
}

/** @throws LabError when process 1 did not say when it spoke */
function firstLineAt(machine: Machine): number {
  const found = firstLine.exec(machine.serial.history)?.[1];
  if (found === undefined) throw new LabError("process 1's first line carries no time");
  return Number(found);
}

/** Mbit/s, by the guest's clock. */
async function download(console: SerialConsole, port: number, bytes: number, deadline: Deadline): Promise<number> {
  const { status, values, error } = await console.run(`fetch http://${host}:${port}/${bytes}`, deadline);
  const time = Number(values[0]?.['time']);
  if (status !== 200 || values[0]?.['bytes'] !== bytes || !(time > 0)) {
    throw new LabError(`the download ended with ${status}: ${error ?? 'fewer bytes than there are'}`);
  }
  return (bytes * 8) / time / 1e6;
}

/** A server on the loopback that answers `/N` with N bytes. */
async function serve(): Promise<AsyncDisposable & { readonly port: number }> {
  const server: Server = createServer((request, response) => {
    response.end(Buffer.alloc(Number(request.url?.slice(1)) || 0));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
