import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Host } from '../net/host/host.ts';
import { defaultSettings } from '../settings/settings.ts';
import type { NetworkStatus } from '../sockets/status.ts';
import { Driver } from './driver.ts';
import { emptyStatus, MemoryNetwork } from './fixture/memory-network.ts';
import { NetworkService } from './service.ts';

const open: NetworkService[] = [];
afterEach(() => Promise.all(open.splice(0).map((service) => service.stop())));

function scene(net: Partial<typeof defaultSettings.net> = {}) {
  const did: string[] = [];
  let status: NetworkStatus = emptyStatus;
  const host = {
    configure: ({ mdns }: { mdns: boolean }, hostname: string) => did.push(`configure ${hostname} ${mdns}`),
    status: () => status,
    shutdown: async () => void did.push('shutdown'),
    onChange: () => {},
  } as unknown as Host;
  const settings = { ...defaultSettings, net: { ...defaultSettings.net, socksPort: 0, ...net } };
  const service = new NetworkService(
    {
      host,
      driver: new Driver((error) => did.push(error.message)),
      backend: new MemoryNetwork(),
      links: { applySettings: () => did.push('links'), stop: () => did.push('stop') },
      log: (severity, message) => did.push(`${severity} ${message}`),
      onStatus: (told) => did.push(`status ${told.hostname}`),
      restart: () => did.push('restart'),
    },
    settings,
  );
  open.push(service);
  const change = (now: NetworkStatus) => {
    status = now;
    host.onChange();
    host.onChange();
  };
  return { service, settings, did, change, take: () => did.splice(0) };
}

it('applies settings, and asks for a restart when another stack is wanted', () => {
  const { service, settings, take } = scene();
  service.apply(settings);
  expect(take()).toEqual(['configure panos true', 'links']);
  service.apply({ ...settings, hostname: 'attic' });
  expect(take()).toEqual(['configure attic true', 'links']);
  service.apply({ ...settings, net: { ...settings.net, stack: 'kernel' } });
  expect(take()).toEqual(['restart']);
});

it('is configured at run time, but for the stack', async () => {
  const { service, take } = scene();
  expect(await service.configure({ mdns: false, stack: 'kernel', colour: 1 })).toEqual([
    'net: "net.colour" is ignored: there is no such setting',
    '"net.stack" is ignored: only a new start changes it',
  ]);
  expect(take()).toEqual(['configure panos false', 'links']);
});

it('tells of changes together, once', async () => {
  const { change, did, take } = scene();
  change({ ...emptyStatus, hostname: 'attic' });
  while (did.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(take()).toEqual(['status attic']);
});

it('says when the port of the proxy is taken, and gives everything back at the end', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const { service, settings, take } = scene({ socksPort: port });
  service.apply(settings);
  await service.stop();
  other.close();
  expect(take().slice(2)).toEqual([
    expect.stringMatching(/^error there is no SOCKS5 proxy on port \d+: /),
    'shutdown',
    'stop',
  ]);
});
