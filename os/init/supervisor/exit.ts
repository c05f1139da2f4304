/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The kernel killed it because its control group reached its memory limit. */
  readonly memoryLimit?: boolean;
  /** It never ran, or was killed by its supervisor; the reason takes the place of code and signal. */
  readonly reason?: string;
}

/** Left with status 0 of its own accord. */
export const isSuccess = (exit: Exit): boolean =>
  exit.code === 0 && exit.memoryLimit !== true && exit.reason === undefined;

/** For people: `exit 1`, `signal SIGKILL`, `memory limit`, `start time-out`. */
export function describeExit(exit: Exit): string {
  if (exit.reason !== undefined) return exit.reason;
  if (exit.memoryLimit === true) return 'memory limit';
  return exit.signal === null ? `exit ${exit.code}` : `signal ${exit.signal}`;
}
