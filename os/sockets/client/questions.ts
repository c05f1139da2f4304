/** Questions to the network daemon. Each rejects with an error whose `code` says why; ENETDOWN: there is no daemon. */
import type { EchoAnswer, Family, FromDaemon, Opening, RecordType } from '../protocol.ts';
import { controlPath } from '../protocol.ts';
import type { NetworkStatus, SocketStatus } from '../status.ts';
import { Channel, type Daemon, type SocketError, socketError } from './channel.ts';

function ask<T>(daemon: Daemon, opening: Opening, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => done(() => reject(signal?.reason));
    const done = (settle: () => void) => {
      signal?.removeEventListener('abort', abort);
      channel.destroy();
      settle();
    };
    const channel = new Channel(daemon, opening, {
      onMessage: (message) => {
        if (message.type === 'answer') done(() => resolve(message.value as T));
        else if (message.type === 'failed') done(() => reject(socketError(message.code, message.message)));
      },
      onLost: (error) => done(() => reject(error)),
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

export const networkStatus = (daemon: Daemon = {}, signal?: AbortSignal): Promise<NetworkStatus> =>
  ask(daemon, { type: 'status' }, signal);

export const openSockets = (daemon: Daemon = {}, signal?: AbortSignal): Promise<readonly SocketStatus[]> =>
  ask(daemon, { type: 'sockets' }, signal);

/** Records of a type, as `dns.promises.resolve` gives them. */
export const resolveRecords = (
  name: string,
  record: RecordType,
  daemon: Daemon = {},
  signal?: AbortSignal,
): Promise<readonly unknown[]> => ask(daemon, { type: 'resolve', name, record }, signal);

/** Addresses of a name as texts, best first. */
export const lookupAddresses = (
  name: string,
  family: Family = 0,
  daemon: Daemon = {},
  signal?: AbortSignal,
): Promise<readonly string[]> => ask(daemon, { type: 'lookup', name, family }, signal);

/** Names of an address. */
export const namesOf = (address: string, daemon: Daemon = {}, signal?: AbortSignal): Promise<readonly string[]> =>
  ask(daemon, { type: 'reverse', address }, signal);

/**
 * Applies the part `net` of the settings until they are read anew; for root only.
 * @returns what was wrong with it, a sentence each
 */
export const configure = (net: unknown, daemon: Daemon = { path: controlPath }): Promise<readonly string[]> =>
  ask(daemon, { type: 'configure', net });

export type EchoEvent =
  | ({ readonly type: 'reply' } & EchoAnswer)
  | { readonly type: 'unreachable'; readonly from: string | null; readonly sequence: number; readonly reason: string };

/** Echo requests to one host. */
export interface Echo {
  /** The address that the name stood for. */
  readonly address: string;
  send(sequence: number, bytes: number): void;
  onEvent: (event: EchoEvent) => void;
  onLost: (error: SocketError) => void;
  close(): void;
}

/** Finds the host and gets ready to send it echo requests. */
export function openEcho(host: string, family: Family = 0, daemon: Daemon = {}): Promise<Echo> {
  return new Promise((resolve, reject) => {
    let echo: Echo | undefined;
    const lost = (error: SocketError) => (echo === undefined ? reject(error) : echo.onLost(error));
    const channel = new Channel(
      daemon,
      { type: 'echo', host, family },
      {
        onMessage: (message: FromDaemon) => {
          if (message.type === 'opened') {
            echo = {
              address: message.address,
              send: (sequence, bytes) => channel.send({ type: 'send', sequence, bytes }),
              onEvent: () => {},
              onLost: () => {},
              close: () => channel.destroy(),
            };
            resolve(echo);
          } else if (message.type === 'reply' || message.type === 'unreachable') echo?.onEvent(message);
          else if (message.type === 'failed') {
            channel.destroy();
            lost(socketError(message.code, message.message));
          }
        },
        onLost: lost,
      },
    );
  });
}

/** Tells the status now and whenever it has changed, until the function that it returns is called. */
export function watchNetwork(
  onStatus: (status: NetworkStatus) => void,
  onLost: (error: SocketError) => void,
  daemon: Daemon = {},
): () => void {
  const channel = new Channel(
    daemon,
    { type: 'watch' },
    {
      onMessage: (message) => {
        if (message.type === 'answer') onStatus(message.value as NetworkStatus);
      },
      onLost,
    },
  );
  return () => channel.destroy();
}

/** A capture under way: the bytes of a pcapng file as they come. For root only. */
export function openCapture(
  interfaceName: string | undefined,
  onBytes: (bytes: Uint8Array) => void,
  onLost: (error: SocketError) => void,
  daemon: Daemon = { path: controlPath },
): { pause(): void; resume(): void; close(): void } {
  const opening = { type: 'capture', ...(interfaceName === undefined ? {} : { interface: interfaceName }) } as const;
  const channel = new Channel(daemon, opening, {
    onMessage: (message) => {
      if (message.type !== 'failed') return;
      channel.destroy();
      onLost(socketError(message.code, message.message));
    },
    onData: onBytes,
    onLost,
  });
  return { pause: () => channel.pause(), resume: () => channel.resume(), close: () => channel.destroy() };
}
