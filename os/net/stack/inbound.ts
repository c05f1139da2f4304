import type { ReceivedPacket } from '../socket/network.ts';
import type { Interface } from './interface.ts';

/** A received packet as the network layer itself sees it. */
export interface Inbound extends ReceivedPacket {
  readonly on: Interface;
  /** Where its IP header is, for errors that quote it. */
  readonly header: number;
  /** It came in fragments. RFC 6980: neighbour discovery never does. */
  readonly fragmented: boolean;
}
