/**
 * What services and the network daemon say to each other, over a Unix socket. Each connection to the daemon is for one
 * thing: a stream, a listener, a datagram socket, a question. Its first frame is an {@link Opening}; what follows depends
 * on it. Types only, below both sides; the bytes are `framing.ts`'s business.
 */

/** Where anybody on this machine asks, as anybody may open a socket elsewhere; and where only root does. */
export const socketPath = '/run/net/socket';
export const controlPath = '/run/net/control';

/** Bytes that a client may send on a stream before it is granted more. */
export const initialCredit = 256 * 1024;
/** The longest data frame, in bytes of payload, that either side makes. */
export const longestData = 64 * 1024;

export interface End {
  /** As text. */
  readonly address: string;
  readonly port: number;
}

export interface StreamOptions {
  readonly noDelay?: boolean;
  /** Milliseconds of silence before the first probe; null switches probes off. */
  readonly keepAlive?: number | null;
}

/** The name of a DNS record type. */
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SRV' | 'TXT';
/** Any family, or one. */
export type Family = 0 | 4 | 6;

/** The first frame of a connection. */
export type Opening =
  /** A stream to an address or a name; several addresses are tried as RFC 8305 says. */
  | ({
      readonly type: 'connect';
      readonly host: string;
      readonly port: number;
      readonly family?: Family;
      readonly localAddress?: string;
      readonly localPort?: number;
    } & StreamOptions)
  /** Stays open as long as it listens. Without an address: on all of both families. */
  | { readonly type: 'listen'; readonly address?: string; readonly port: number; readonly backlog?: number }
  /** Takes over the connection that a listener was told of. */
  | ({ readonly type: 'accept'; readonly token: string } & StreamOptions)
  | {
      readonly type: 'udp';
      readonly family: 4 | 6;
      readonly address?: string;
      readonly port: number;
      readonly shared?: boolean;
    }
  | { readonly type: 'lookup'; readonly name: string; readonly family: Family }
  | { readonly type: 'resolve'; readonly name: string; readonly record: RecordType }
  | { readonly type: 'reverse'; readonly address: string }
  | { readonly type: 'status' }
  | { readonly type: 'sockets' }
  | { readonly type: 'echo'; readonly host: string; readonly family: Family }
  /** The status now, and again when it has changed. */
  | { readonly type: 'watch' }
  /** For root: frames as pcapng, in data frames. Without a name: of all interfaces. */
  | { readonly type: 'capture'; readonly interface?: string }
  /** For root: the part `net` of the settings, in the form of `panos.json`, over those in force; until they are read anew. */
  | { readonly type: 'configure'; readonly net: unknown };

/** What a client says after its opening. */
export type FromClient =
  /** Stream: nothing more will be written. */
  | { readonly type: 'end' }
  /** Stream: nobody reads any more; what was written is still sent. Without this, an end of the connection is a reset. */
  | { readonly type: 'close' }
  | ({ readonly type: 'options' } & StreamOptions)
  /** Datagram socket. */
  | { readonly type: 'join'; readonly group: string; readonly interface?: string }
  | { readonly type: 'sending'; readonly interface?: string; readonly hopLimit?: number }
  /** Echo: one request with so many bytes of payload. */
  | { readonly type: 'send'; readonly sequence: number; readonly bytes: number };

/** One answer to an echo request. `roundTrip` is in seconds. */
export interface EchoAnswer {
  readonly from: string;
  readonly sequence: number;
  readonly roundTrip: number;
  readonly hopLimit: number;
  readonly bytes: number;
}

/** What the daemon says. */
export type FromDaemon =
  /** It could not be opened, or came to a bad end. `code` is the name that Node.js has for it. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  /** Stream. */
  | { readonly type: 'connected'; readonly local: End; readonly remote: End }
  | { readonly type: 'credit'; readonly bytes: number }
  | { readonly type: 'end' }
  /** Listener. */
  | { readonly type: 'listening'; readonly address: string | null; readonly port: number }
  | { readonly type: 'connection'; readonly token: string }
  /** Datagram socket. */
  | { readonly type: 'bound'; readonly address: string | null; readonly port: number }
  | { readonly type: 'undelivered'; readonly remote: End; readonly code: string }
  /** Questions. */
  | { readonly type: 'answer'; readonly value: unknown }
  /** Echo. */
  | { readonly type: 'opened'; readonly address: string }
  | ({ readonly type: 'reply' } & EchoAnswer)
  | {
      readonly type: 'unreachable';
      readonly from: string | null;
      readonly sequence: number;
      readonly reason: string;
    };
