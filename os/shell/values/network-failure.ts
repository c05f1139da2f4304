import { CommandError } from './status.ts';

type Status = ConstructorParameters<typeof CommandError>[0];

/** What went wrong with the network, by the code that Node.js has for it: a status, and what follows the subject. */
const failures: Readonly<Record<string, readonly [status: Status, sentence: string]>> = {
  ENOTFOUND: [404, 'there is no host of that name'],
  ENODATA: [404, 'the name exists, but has no such record'],
  EBADNAME: [400, 'that is not a name that can exist'],
  EINVAL: [400, 'that is not a host, or not a port'],
  ESERVFAIL: [503, 'no name server could answer'],
  EREFUSED: [503, 'the name server refuses to answer'],
  ETIMEOUT: [504, 'no name server answers'],
  ECONNREFUSED: [502, 'nobody listens there (the connection is refused)'],
  ECONNRESET: [502, 'the other side broke the connection off'],
  ECONNABORTED: [502, 'the connection was given up, as an address was lost'],
  EHOSTUNREACH: [504, 'the host cannot be reached'],
  ENETUNREACH: [503, 'there is no way to that network; see ip route'],
  ETIMEDOUT: [504, 'the host does not answer'],
  EADDRNOTAVAIL: [503, 'this machine has no address for that; see ip addr'],
  ENODEV: [404, 'there is no interface of that name; see ip link'],
  ENOTSUP: [503, 'the stack in use cannot do that'],
  EACCES: [403, 'only root may do that'],
};

/** A failure of the network in a command's words; other errors pass as they are. */
export function networkFailure(error: unknown, subject?: string): unknown {
  const { code } = error as { code?: unknown };
  if (code === 'ENETDOWN') {
    return new CommandError(503, 'the network service is not running; see services, and log --unit net');
  }
  const known = typeof code === 'string' && Object.hasOwn(failures, code) ? failures[code] : undefined;
  if (known === undefined) return error;
  return new CommandError(known[0], subject === undefined ? known[1] : `${subject}: ${known[1]}`);
}

/** Does something with the network; its failures name `subject`. */
export async function reaching<T>(work: Promise<T>, subject?: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw networkFailure(error, subject);
  }
}
