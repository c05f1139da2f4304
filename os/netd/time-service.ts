/** The machine's clock, kept right by time servers: those of the settings, and those that DHCP names. */
import type { Host } from '../net/host/host.ts';
import { TimeClient } from '../net/socket/time/client.ts';
import type { NetworkStatus } from '../sockets/status.ts';
import type { Driver } from './driver.ts';
import { systemRandom } from './system-random.ts';

export interface ClockSetter {
  /** Sets the clock; milliseconds since 1970. */
  set(milliseconds: number): void;
  /** Lets it run faster or slower until it has made good for that many milliseconds. */
  slew(milliseconds: number): void;
}

export interface TimeService {
  /** Servers may have come or gone. */
  refresh(): void;
  status(): NetworkStatus['clock'];
  stop(): void;
}

/** Without servers the clock is left alone. */
export function startTimeService(
  host: Host,
  driver: Driver,
  setter: () => Promise<ClockSetter>,
  log: (severity: 'warning' | 'info' | 'debug', message: string) => void,
): TimeService {
  const change = (work: (setter: ClockSetter) => void): void => {
    setter()
      .then(work)
      .catch((error: Error) => log('warning', `the clock cannot be set: ${error.message}`));
  };
  const client = new TimeClient({
    clock: driver.clock,
    random: systemRandom,
    udp: host.udp,
    // Node.js has the system's clock in whole milliseconds: as exact as this needs to be.
    wallClock: Date.now,
    resolve: (name) => host.resolver.lookup(name),
    step: (offset) => change(({ set }) => set(Date.now() + offset)),
    slew: (offset) => change(({ slew }) => slew(offset)),
    log,
  });
  let started = false;
  return {
    refresh() {
      const servers = host.timeServers();
      driver.turn(() => {
        client.setServers(servers);
        if (servers.length > 0 && !started) {
          started = true;
          client.start();
        }
      });
    },
    status: () => client.status(),
    stop: () => driver.turn(() => client.stop()),
  };
}
