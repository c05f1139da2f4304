/** The parts of the running daemon that settings change: links, the host, the proxy. */
import { readFileSync } from 'node:fs';
import type { Severity } from '../control/protocol.ts';
import type { Host } from '../net/host/host.ts';
import type { Settings } from '../settings/settings.ts';
import type { NetworkStatus } from '../sockets/status.ts';
import { announcements } from './announce.ts';
import type { Backend } from './backend/backend.ts';
import type { Driver } from './driver.ts';
import type { Links } from './links.ts';
import { type SocksProxy, startProxy } from './socks/proxy.ts';

export interface NetworkParts {
  readonly host: Host;
  readonly driver: Driver;
  readonly backend: Backend;
  readonly links: Pick<Links, 'applySettings' | 'stop'>;
  readonly log: (severity: Severity, message: string) => void;
  /** The status has changed: clients, and the kernel in its turn, are told. */
  readonly onStatus: (status: NetworkStatus) => void;
  /** Our stack instead of the kernel's or the other way round: only a new start does that. */
  readonly restart: () => void;
}

/** Milliseconds in which changes gather. */
const settling = 20;

export class NetworkService {
  readonly #parts: NetworkParts;
  #settings: Settings;
  #told: NetworkStatus | undefined;
  #proxy: { readonly port: number; readonly opened: Promise<SocksProxy | undefined> } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(parts: NetworkParts, settings: Settings) {
    this.#parts = parts;
    this.#settings = settings;
    parts.host.onChange = () => {
      this.#timer ??= setTimeout(() => this.#tell(), settling);
    };
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Applies settings; what has not changed is not touched. */
  apply(settings: Settings): void {
    const { host, driver, links, restart } = this.#parts;
    const before = this.#settings;
    this.#settings = settings;
    if (settings.net.stack !== before.net.stack) {
      restart();
      return;
    }
    driver.turn(() => host.configure(settings.net, settings.hostname));
    links.applySettings();
    this.#serveProxy(settings.net.socksPort);
  }

  /** Applies a part of `net` over what is in force. @returns what is wrong with it */
  async configure(net: unknown): Promise<readonly string[]> {
    // The checks are loaded when somebody asks for them: a start takes its settings from PID 1, which has checked them.
    const { readNet } = await import('../settings/read-net.ts');
    const { net: wanted, problems } = readNet(this.#settings.net, net);
    const { stack } = this.#settings.net;
    this.apply({ ...this.#settings, net: { ...wanted, stack } });
    return wanted.stack === stack ? problems : [...problems, '"net.stack" is ignored: only a new start changes it'];
  }

  /** Gives back what was lent, and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const { host, driver, links } = this.#parts;
    (await this.#proxy?.opened)?.close();
    await driver.turn(() => host.shutdown());
    driver.flush();
    driver.stop();
    links.stop();
  }

  #tell(): void {
    this.#timer = undefined;
    if (this.#stopping) return;
    const { host, driver, log, onStatus } = this.#parts;
    const status = driver.turn(() => host.status());
    for (const { severity, message } of announcements(this.#told, status, uptime())) log(severity, message);
    this.#told = status;
    onStatus(status);
  }

  #serveProxy(port: number): void {
    const { backend, log } = this.#parts;
    if (port === (this.#proxy?.port ?? 0)) return;
    const before = this.#proxy?.opened;
    const open = async (): Promise<SocksProxy | undefined> => {
      (await before)?.close();
      try {
        return port === 0 ? undefined : await startProxy(backend, port);
      } catch (error) {
        log('error', `there is no SOCKS5 proxy on port ${port}: ${(error as Error).message}`);
        return undefined;
      }
    };
    this.#proxy = { port, opened: open() };
  }
}

/** Seconds since boot, to a hundredth. */
const uptime = (): number => Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
