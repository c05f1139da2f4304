/** The network daemon: a service of PID 1. Our stack over the machine's interfaces, and sockets for the other services. */
import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type InitClient } from '../control/client.ts';
import { collectGarbage } from '../lib/collect-garbage.ts';
import { createHost } from '../net/host/create-host.ts';
import type { HostEnvironment } from '../net/host/host.ts';
import { RouteSocket } from '../net/link/packet/netlink/route-socket.ts';
import { defaultSettings, type Settings } from '../settings/settings.ts';
import { controlPath, socketPath } from '../sockets/protocol.ts';
import type { NetworkStatus } from '../sockets/status.ts';
import { linuxNetwork } from '../syscall/linux/network/kernel.ts';
import { kernelBackend } from './backend/kernel.ts';
import { panosBackend } from './backend/panos.ts';
import { withLoopback } from './backend/with-loopback.ts';
import { Captures } from './captures.ts';
import { Driver } from './driver.ts';
import { withKernel } from './kernel-status.ts';
import { Links } from './links.ts';
import { raiseLoopback } from './loopback.ts';
import { StoredMemory } from './memory.ts';
import { Mirror } from './mirror.ts';
import { processOf } from './peer.ts';
import { SocketServer } from './server/server.ts';
import { NetworkService } from './service.ts';
import { systemRandom } from './system-random.ts';
import { type ClockSetter, startTimeService } from './time-service.ts';

/** Milliseconds for which /data is waited for. A disk under repair takes longer: then nothing is remembered on it. */
const dataPatience = 2000;
/** Milliseconds after which start-up is over, also on a slow machine. */
const settled = 5000;
/** A clock that shows less was never set: 2020-01-01. */
const leastPlausible = 1_577_836_800;

// No top-level await: the image carries this as CommonJS, which starts faster.
void run(connect());

async function run(init: InitClient): Promise<void> {
  const log: HostEnvironment['log'] = (severity, message) => init.log(severity, message);
  const reached: [string, number][] = [];
  const mark = (what: string) => reached.push([what, performance.now()]);
  mark('loaded');
  const started = settingsInForce(init);

  // What needs no settings.
  mkdirSync('/run/net', { recursive: true, mode: 0o755 });
  attempt('loopback stays off', log, () => raiseLoopback(linuxNetwork));
  const driver = new Driver((error) => log('error', `a defect in the stack: ${error.stack ?? error.message}`));

  // The host, as its owner wants it.
  mark('loopback');
  const settings = await started;
  mark('settings');
  const memory = new StoredMemory(['/data/net', '/run/net/memory'], log);
  const host = driver.turn(() => createHost({ clock: driver.clock, random: systemRandom, wallClock, log, memory }));
  const onKernel = settings.net.stack === 'kernel';
  const time = onKernel ? undefined : startTimeService(host, driver, clockSetter, log);
  const status = (): NetworkStatus => ({ ...driver.turn(() => host.status()), clock: time?.status() ?? null });
  const linux = kernelBackend(onKernel ? () => withKernel(status(), requests(), links.names) : status);
  const backend = onKernel ? linux : withLoopback({ ...panosBackend(host, driver), status }, linux);
  const captures = new Captures();
  const links = new Links({ kernel: linuxNetwork, host, driver, captures, settings: () => service.settings.net, log });
  let asked: RouteSocket | undefined;
  const requests = (): RouteSocket => (asked ??= new RouteSocket(linuxNetwork));
  const mirror = onKernel ? kernelMirror(links, log) : undefined;
  const service: NetworkService = new NetworkService(
    {
      host,
      driver,
      backend,
      links,
      log,
      onStatus: (status) => {
        time?.refresh();
        mirror?.(status);
        for (const server of servers) server.notify();
      },
      restart: () => void init.request({ kind: 'service', name: 'net', action: 'restart' }),
    },
    settings,
  );
  service.apply(settings);

  mark('host');

  // The sockets of the other services.
  const shared = { backend, clientOf: processOf(linuxNetwork), log };
  const privileged = {
    capture: (name: string | undefined, write: (bytes: Uint8Array) => boolean) => captures.start(name, write),
    configure: (net: unknown) => service.configure(net),
  };
  const servers = [new SocketServer(shared), new SocketServer({ ...shared, privileged })] as const;
  await servers[0].listen(socketPath, 0o666);
  await servers[1].listen(controlPath, 0o600);
  init.ready();
  mark('sockets');

  // From here on frames flow.
  attempt('there are no links', log, () => links.start());
  mark('links');
  log('debug', `started: ${reached.map(([what, at]) => `${what} ${(at / 1000).toFixed(2)} s`).join(', ')}`);
  setTimeout(releaseProgramPages, settled).unref();
  init.onSettingsChanged(async () => service.apply(await settingsInForce(init)));

  const stop = async (): Promise<void> => {
    await Promise.race([service.stop(), delay(1500)]);
    memory.write();
    process.exit(0);
  };
  init.onStop(() => void stop());
  process.once('SIGTERM', () => void stop());
  process.once('disconnect', () => void stop());
}

/** Loaded late: until a time server has answered nobody needs it. */
async function clockSetter(): Promise<ClockSetter> {
  const [{ linux }, { slewClock }] = await Promise.all([
    import('../syscall/linux/kernel.ts'),
    import('../syscall/linux/slew-clock.ts'),
  ]);
  return { set: (milliseconds) => linux.setClock(milliseconds), slew: (milliseconds) => void slewClock(milliseconds) };
}

/** Start-up is over: what only it needed need not stay mapped. Loaded late, because until then nobody needs it. */
async function releaseProgramPages(): Promise<void> {
  const { linux } = await import('../syscall/linux/kernel.ts');
  collectGarbage();
  linux.releaseProgramPages();
}

/** The settings, once start-up has come to where they are known and /data is there, or will not soon be. */
async function settingsInForce(init: InitClient): Promise<Settings> {
  try {
    await Promise.race([
      init.request({ kind: 'settings', after: 'data' }),
      delay(dataPatience, undefined, { ref: false }),
    ]);
    const { settings } = await init.request({ kind: 'settings', after: 'settings' });
    return settings as Settings;
  } catch (error) {
    init.log('error', `the settings are not known, and the defaults stand: ${(error as Error).message}`);
    return defaultSettings;
  }
}

/** Gives the kernel's stack what the host learns. */
function kernelMirror(links: Links, log: HostEnvironment['log']): (status: NetworkStatus) => void {
  const indexOf = (name: string) => [...links.names].find(([, other]) => other === name)?.[0];
  const mirror = new Mirror(new RouteSocket(linuxNetwork), indexOf, (message) => log('warning', `network: ${message}`));
  return (status) => mirror.follow(status);
}

function wallClock(): number | undefined {
  const seconds = Date.now() / 1000;
  return seconds < leastPlausible ? undefined : seconds;
}

function attempt(otherwise: string, log: HostEnvironment['log'], work: () => void): void {
  try {
    work();
  } catch (error) {
    log('error', `${otherwise}: ${(error as Error).message}`);
  }
}
