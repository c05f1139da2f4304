/** Tells a person how far long work has come. Implementations: the command line's, and {@link silent}. */
export interface Progress {
  /**
   * Runs one named step and shows it with its elapsed time, beside the time it is expected to take.
   * `report` inside the work changes the detail shown behind the name.
   */
  step<T>(name: string, work: (report: (detail: string) => void) => Promise<T>, expectedSeconds?: number): Promise<T>;
  /** One line that stays. */
  note(line: string): void;
}

/** Shows nothing. */
export const silent: Progress = {
  step: (_name, work) => work(() => {}),
  note: () => {},
};
