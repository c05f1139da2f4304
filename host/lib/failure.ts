/**
 * Exit statuses of the command line: 1 the work failed, 2 the call was wrong, 3 this machine lacks something.
 */
export type ExitStatus = 1 | 2 | 3;

/**
 * A failure that a person caused or can cure. Its message is one sentence that says what was wrong and what to do;
 * the command line prints it without a stack trace and leaves with `status`.
 */
export class Failure extends Error {
  readonly status: ExitStatus;

  constructor(message: string, status: ExitStatus = 1, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Failure';
    this.status = status;
  }
}

/** The call was wrong: unknown name, impossible combination (exit status 2). */
export const usageFailure = (message: string): Failure => new Failure(message, 2);

/** This machine lacks something that the message says how to get (exit status 3). */
export const machineFailure = (message: string, cause?: unknown): Failure => new Failure(message, 3, { cause });
