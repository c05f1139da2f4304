/** Connections to names: every address is given its chance, without waiting long for one. RFC 8305. */
import { NameError } from '../net/host/host.ts';
import type { TcpConnection, TcpOptions } from '../net/socket/tcp/connection.ts';
import { type Address, isIpv4, isIpv6, parseAddress, readIpv4, readIpv6 } from '../net/wire/address.ts';
import type { Family } from '../sockets/protocol.ts';
import type { Backend } from './backend/backend.ts';

export interface Destination {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
  readonly family: Family;
  readonly local?: { readonly address?: Address; readonly port?: number };
}

export interface DialOutcome {
  /** Take its events over before returning. */
  connected(connection: TcpConnection): void;
  failed(code: string, message: string): void;
}

/** RFC 8305, section 5: the recommended delay between attempts, in milliseconds. */
const attemptDelay = 250;
/** More addresses of one name are not tried. */
const mostAttempts = 16;

const loopback4 = readIpv4(Uint8Array.of(127, 0, 0, 1), 0);
const loopback6 = readIpv6(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 0);

/**
 * The addresses of a host, in the order in which they should be tried.
 * @throws NameError
 */
export async function addressesOf(backend: Backend, host: string, family: Family): Promise<readonly Address[]> {
  const literal = parseAddress(host.replace(/^\[(.*)\]$/, '$1'));
  const suits = (address: Address) => family === 0 || isIpv4(address) === (family === 4);
  const found = literal !== undefined ? [literal] : isLocalhost(host) ? [loopback4, loopback6] : undefined;
  const addresses = (found ?? (await backend.resolver.lookup(host, family))).filter(suits);
  if (addresses.length === 0) throw new NameError('ENOTFOUND', `${host} has no address of that family`);
  return interleaved(addresses).slice(0, mostAttempts);
}

/** RFC 6761, section 6.3: these names are never asked for outside. */
const isLocalhost = (name: string): boolean => /^(.+\.)?localhost\.?$/i.test(name);

/** RFC 8305, section 4: the families by turns, beginning with the best address. */
function interleaved(addresses: readonly Address[]): Address[] {
  const first = addresses.filter((address) => address.length === addresses[0]?.length);
  const second = addresses.filter((address) => address.length !== addresses[0]?.length);
  return first
    .flatMap((address, index) => [address, ...second.slice(index, index + 1)])
    .concat(second.slice(first.length));
}

/**
 * Opens a connection; one of `outcome`'s methods is called, later.
 * @returns how to give up; nothing is called after that
 */
export function dial(backend: Backend, to: Destination, options: TcpOptions, outcome: DialOutcome): () => void {
  const attempts = new Set<TcpConnection>();
  let remaining: Address[] = [];
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  const stop = () => {
    over = true;
    clearTimeout(timer);
    for (const attempt of attempts) attempt.abort();
    attempts.clear();
  };

  const attempt = (): void => {
    clearTimeout(timer);
    const address = remaining.shift();
    if (over || address === undefined) return;
    const { local } = to;
    const connection = backend.connect(
      { address, port: to.port },
      local === undefined ? options : { ...options, local },
    );
    attempts.add(connection);
    connection.events = {
      onConnect: () => {
        attempts.delete(connection);
        stop();
        outcome.connected(connection);
      },
      onClose: (failure) => {
        if (!attempts.delete(connection) || over) return;
        if (remaining.length > 0) attempt();
        else if (attempts.size === 0) {
          stop();
          outcome.failed(failure?.code ?? 'ECONNRESET', failure?.message ?? 'the connection ended');
        }
      },
    };
    if (remaining.length > 0) timer = setTimeout(attempt, attemptDelay);
  };

  addressesOf(backend, to.host, to.family)
    .then((addresses) => {
      // A local address is of one family: attempts of the other could only fail.
      const from = to.local?.address;
      remaining = addresses.filter((address) => from === undefined || isIpv6(from) === isIpv6(address));
      if (remaining.length === 0)
        throw new NameError('ENOTFOUND', `${to.host} has no address of the local one's family`);
      attempt();
    })
    .catch((error: Error & { code?: string }) => {
      if (over) return;
      stop();
      outcome.failed(error.code ?? 'ENOTFOUND', error.message);
    });
  return stop;
}
