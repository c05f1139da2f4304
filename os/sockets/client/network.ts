/** Everything that can be asked of the network daemon, in one place; commands and tests can be given another. */
import type { Duplex } from 'node:stream';
import { controlPath, type Family, type RecordType, socketPath } from '../protocol.ts';
import type { NetworkStatus, SocketStatus } from '../status.ts';
import type { SocketError } from './channel.ts';
import {
  type Echo,
  lookupAddresses,
  namesOf,
  networkStatus,
  openCapture,
  openEcho,
  openSockets,
  resolveRecords,
} from './questions.ts';
import { type ConnectOptions, connect } from './socket.ts';

/** A capture under way. */
export interface Capture {
  pause(): void;
  resume(): void;
  close(): void;
}

/** Promises reject with a {@link SocketError}; ENETDOWN: the daemon does not run. */
export interface Network {
  status(signal?: AbortSignal): Promise<NetworkStatus>;
  sockets(signal?: AbortSignal): Promise<readonly SocketStatus[]>;
  lookup(name: string, family: Family, signal?: AbortSignal): Promise<readonly string[]>;
  resolve(name: string, record: RecordType, signal?: AbortSignal): Promise<readonly unknown[]>;
  reverse(address: string, signal?: AbortSignal): Promise<readonly string[]>;
  echo(host: string, family: Family): Promise<Echo>;
  connect(options: ConnectOptions): Duplex;
  /** Frames as pcapng; for root. */
  capture(
    interfaceName: string | undefined,
    onBytes: (bytes: Uint8Array) => void,
    onLost: (error: SocketError) => void,
  ): Capture;
}

/** The daemon behind these sockets. */
export function network(path = socketPath, privilegedPath = controlPath): Network {
  const daemon = { path };
  return {
    status: (signal) => networkStatus(daemon, signal),
    sockets: (signal) => openSockets(daemon, signal),
    lookup: (name, family, signal) => lookupAddresses(name, family, daemon, signal),
    resolve: (name, record, signal) => resolveRecords(name, record, daemon, signal),
    reverse: (address, signal) => namesOf(address, daemon, signal),
    echo: (host, family) => openEcho(host, family, daemon),
    connect: (options) => connect({ ...options, path }),
    capture: (name, onBytes, onLost) => openCapture(name, onBytes, onLost, { path: privilegedPath }),
  };
}
