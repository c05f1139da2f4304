/** One service, as the table (`init/services.ts`) or the settings define it. Times are seconds, sizes bytes. */
export interface ServiceDefinition {
  readonly name: string;
  readonly description: string;
  /** Absolute path of the JavaScript module that node runs. */
  readonly module: string;
  /** Services that must be ready before this one is started for the first time. They only order the start. */
  readonly requires: readonly string[];
  /** Ready when it says so over its channel, or as soon as its process runs. */
  readonly readiness: 'notify' | 'started';
  /** `always`: whatever way it ended; `on-failure`: unless it left with status 0; `never`. */
  readonly restart: 'always' | 'on-failure' | 'never';
  /** How long it may take to become ready before it is killed, which counts as a death. */
  readonly startTimeout: number;
  /** How long it may take to stop: asked at once, SIGTERM after two thirds of this, killed at the end of it. */
  readonly stopTimeout: number;
  readonly memoryMax: number | null;
  /** Threads and processes together; node alone has about 11 threads. */
  readonly processesMax: number | null;
  readonly uid: number;
  readonly gid: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it may send requests to PID 1; others may only say `ready` and `log`. */
  readonly control: boolean;
}

/** What a definition may leave out. */
export const serviceDefaults = {
  requires: [],
  readiness: 'notify',
  restart: 'always',
  startTimeout: 30,
  stopTimeout: 3,
  memoryMax: null,
  processesMax: null,
  uid: 0,
  gid: 0,
  environment: {},
  control: false,
} as const satisfies Partial<ServiceDefinition>;
