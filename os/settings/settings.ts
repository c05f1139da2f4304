import { defaultNet, type NetSettings } from './net.ts';

/** What a person may set, with every field present. */
export interface Settings {
  readonly hostname: string;
  readonly log: LogSettings;
  readonly services: readonly ServiceSettings[];
  /** Start nothing but the console, as `panos.safe` on the kernel command line does. */
  readonly safe: boolean;
  readonly net: NetSettings;
}

export interface LogSettings {
  /** Once all services are up, records less severe than this stay away from the serial line. */
  readonly serial: 'error' | 'warning' | 'info' | 'debug';
  /** Size at which a log file on disk is closed and a new one begun. */
  readonly diskBytes: number;
  /** How many log files are kept, the open one included. */
  readonly diskFiles: number;
}

/** A service of the machine's owner. What is absent takes the value that `init/services.ts` says. */
export interface ServiceSettings {
  readonly name: string;
  readonly description?: string | undefined;
  readonly module: string;
  readonly requires?: readonly string[] | undefined;
  readonly readiness?: 'notify' | 'started' | undefined;
  readonly restart?: 'always' | 'on-failure' | 'never' | undefined;
  readonly memoryMiB?: number | undefined;
  readonly processes?: number | undefined;
  /** Numeric user and group that it runs as. */
  readonly user?: number | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

export const defaultSettings: Settings = {
  hostname: 'panos',
  log: { serial: 'warning', diskBytes: 4 * 1024 * 1024, diskFiles: 4 },
  services: [],
  safe: false,
  net: defaultNet,
};
