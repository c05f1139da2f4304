/** Where a connection is to go, and from where: RFC 9293, section 3.10.1. */
import {
  type Address,
  type Endpoint,
  isMulticast,
  isUnspecified,
  unspecified4,
  unspecified6,
} from '../../wire/address.ts';
import { isPath, type NetworkLayer, type Path, type Unreachable } from '../network.ts';
import type { TcpFailure } from './connection.ts';

/** A way, or the reason why there is none, with a path that leads nowhere. */
export interface Way {
  readonly path: Path;
  readonly code?: TcpFailure['code'];
  readonly reason?: Unreachable;
}

export function wayTo(network: NetworkLayer, remote: Endpoint, from: Address | undefined): Way {
  const { address, port } = remote;
  if (from !== undefined && !isUnspecified(from) && !network.owns(from)) {
    return { path: nowhere(address, from), code: 'EADDRNOTAVAIL' };
  }
  // Groups have no connections: RFC 9293, section 3.9.2.3. Nor has port 0.
  if (isMulticast(address) || isUnspecified(address)) return { path: nowhere(address, from), code: 'ENETUNREACH' };
  if (port < 1 || port > 65_535) return { path: nowhere(address, from), code: 'ECONNREFUSED' };
  const path = from === undefined || isUnspecified(from) ? network.path(address) : network.path(address, from);
  return isPath(path) ? { path } : { path: nowhere(address, from), reason: path };
}

/** A path that takes nothing, for a connection that has failed before it began. */
const nowhere = (destination: Address, source: Address | undefined): Path => ({
  source: source ?? (destination.length === 2 ? unspecified4 : unspecified6),
  destination,
  maxPayload: 1220,
  maxSegmented: 1220,
  confirm: () => {},
  doubt: () => {},
  begin: () => undefined,
});
