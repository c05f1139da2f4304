/**
 * What services and PID 1 say to each other, over the IPC channel that every service is started with
 * (`process.send`, JSON). Types only, below both sides.
 */

/** Syslog-like, most severe first. */
export type Severity = 'error' | 'warning' | 'info' | 'debug';

/** One structured log record. */
export interface LogRecord {
  /** Strictly increasing since boot. */
  readonly sequence: number;
  /** Seconds since boot (CLOCK_BOOTTIME). */
  readonly uptime: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** `kernel`, `init` or a service's name. */
  readonly unit: string;
  readonly severity: Severity;
  readonly message: string;
}

export type ServiceState =
  | 'waiting' /* for what it requires */
  | 'starting' /* process runs, not ready yet */
  | 'ready'
  | 'backing-off' /* died, will be started again at `nextStart` */
  | 'stopping'
  | 'stopped' /* on request, or finished with success and not to be restarted */
  | 'failed'; /* gave up: a person must look */

export interface ServiceStatus {
  readonly name: string;
  readonly description: string;
  readonly state: ServiceState;
  readonly pid: number | null;
  /** Times it was started again since boot or since the last request by a person. */
  readonly restarts: number;
  /** Seconds since boot at which the present state was entered. */
  readonly since: number;
  /** How the last process ended: `exit 1`, `signal SIGKILL`, `memory limit`, … */
  readonly lastExit: string | null;
  /** Bytes charged to its control group, and its limit; null where there is none. */
  readonly memory: number | null;
  readonly memoryLimit: number | null;
}

/** Requests a service may send. `id` is echoed in the answer. */
export type Request =
  | { readonly kind: 'services' }
  | { readonly kind: 'service'; readonly name: string; readonly action: 'start' | 'stop' | 'restart' }
  | { readonly kind: 'log'; readonly unit?: string; readonly severity?: Severity; readonly limit?: number }
  | { readonly kind: 'power'; readonly action: 'poweroff' | 'reboot' }
  /**
   * The settings in force. With `after` the answer waits until start-up has come so far: they are read, or /data is
   * mounted as well as it will be.
   */
  | { readonly kind: 'settings'; readonly after?: 'settings' | 'data' }
  /** Reads the settings anew. Services that may send requests learn of it; what only a start applies stays as it is. */
  | { readonly kind: 'reload-settings' };

/** What each request is answered with. */
export interface Answers {
  services: readonly ServiceStatus[];
  service: ServiceStatus;
  log: readonly LogRecord[];
  power: null;
  settings: { readonly settings: unknown; readonly problems: readonly string[] };
  'reload-settings': Answers['settings'];
}

/** Service → PID 1. */
export type ToInit =
  | { readonly type: 'ready' }
  | { readonly type: 'log'; readonly severity: Severity; readonly message: string }
  | { readonly type: 'request'; readonly id: number; readonly request: Request };

/** PID 1 → service. Errors carry an HTTP-style status, as the shell's results do. */
export type FromInit =
  | { readonly type: 'answer'; readonly id: number; readonly result: Answers[keyof Answers] }
  | {
      readonly type: 'error';
      readonly id: number;
      readonly status: 400 | 403 | 404 | 409 | 500;
      readonly message: string;
    }
  /** To services that may send requests: the settings were read anew. */
  | { readonly type: 'settings-changed' }
  | { readonly type: 'stop' };
