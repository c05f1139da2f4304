/** How a command ended, as an HTTP-style status. */
export interface Outcome {
  readonly status: number;
  /** One sentence for people; present from 400 upwards. */
  readonly error?: string;
}

/** A command's failure, in words that teach. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: number;

  constructor(status: 400 | 403 | 404 | 409 | 413 | 499 | 500 | 502 | 503 | 504, message: string) {
    super(message);
    this.status = status;
  }
}

/** The call was wrong (400). */
export const badArguments = (message: string): CommandError => new CommandError(400, message);

/** Somebody pressed Ctrl-C (499, as web servers say when the client went away). */
export const cancelled = (): CommandError => new CommandError(499, 'cancelled');

const fileErrors: Readonly<Record<string, readonly [status: number, sentence: string]>> = {
  ENOENT: [404, 'there is no file or folder of that name; look with ls'],
  ENOTDIR: [400, 'a part of that path is a file, not a folder'],
  EISDIR: [400, 'that is a folder; look into it with ls'],
  EACCES: [403, 'reading it is not permitted'],
  EPERM: [403, 'that is not permitted'],
  EROFS: [403, 'that file system is read-only'],
  EBUSY: [409, 'it is in use'],
  ELOOP: [400, 'that path has a circle of symbolic links'],
  ENAMETOOLONG: [400, 'that name is too long'],
  EIO: [500, 'the device reports an input/output error'],
};

/**
 * What to tell of any thrown thing. Errors that carry a numeric `status` keep it, errors of the file system get the
 * status of their kind and name `path`, and everything else is a defect of ours (500).
 */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Error)) return { status: 500, error: String(error) };
  const { status, code, path } = error as { status?: unknown; code?: unknown; path?: unknown };
  if (typeof status === 'number' && status >= 400 && status <= 599) return { status, error: error.message };
  if (error.name === 'AbortError') return { status: 499, error: 'cancelled' };
  const known = typeof code === 'string' ? fileErrors[code] : undefined;
  if (known === undefined) return { status: 500, error: error.message };
  return { status: known[0], error: typeof path === 'string' ? `${path}: ${known[1]}` : known[1] };
}
