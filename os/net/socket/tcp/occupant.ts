/** Whoever owns the segments between two endpoints. */
import type { Endpoint } from '../../wire/address.ts';
import type { TcpSegment } from '../../wire/tcp.ts';
import type { ReceivedPacket } from '../network.ts';

export interface Occupant {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/**
 * What becomes of a segment: `done`; `reset`: it is to be answered so; `nobody`: the owner has made room, and the segment is
 * to be looked at anew, as one that opens a connection.
 */
export type Verdict = 'done' | 'reset' | 'nobody';

/** Something small that stands for a connection before it begins or after it has ended. */
export interface StandIn extends Occupant {
  /** The next sequence number that this side would use: a new connection in its place begins behind it. */
  readonly sendNext: number;
  arrives(packet: ReceivedPacket, segment: TcpSegment): Verdict;
}
