/** Segments that belong to no connection yet, or to none any more: they are made of numbers, not of a control block. */

import { type TcpSegment, tcpChecksumOffset, tcpFlags, tcpHeaderLength, writeTcpHeader } from '../../wire/tcp.ts';
import {
  type SynOptions,
  synOptionsLength,
  timestampsLength,
  writeSynOptions,
  writeTimestamps,
} from '../../wire/tcp-options.ts';
import { isPath, type NetworkLayer, type Path, protocols, type ReceivedPacket } from '../network.ts';
import type { TcpCounters } from './counters.ts';

/** RFC 9293, section 3.1: TCP has its own way to find the path's size, and no use for fragments. */
export const dontFragment = { dontFragment: true } as const;
export const plainFinish = { checksumOffset: tcpChecksumOffset } as const;

export interface BareSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
  readonly timestamps?: { readonly value: number; readonly echo: number } | undefined;
  /** Of a SYN; has timestamps of its own. */
  readonly synOptions?: SynOptions;
}

/** Sends a segment without data. @returns false when the link was full */
export function sendBare(path: Path, counters: TcpCounters, segment: BareSegment): boolean {
  const { synOptions, timestamps } = segment;
  const options = synOptions === undefined ? (timestamps ? timestampsLength : 0) : synOptionsLength(synOptions);
  const length = tcpHeaderLength + options;
  const room = path.begin(protocols.tcp, length, dontFragment);
  if (room === undefined) return false;
  const { view, start } = room;
  const { sourcePort, destinationPort, sequence, acknowledgement, flags, window } = segment;
  writeTcpHeader(view, start, sourcePort, destinationPort, sequence, acknowledgement, length, flags, window);
  const at = start + tcpHeaderLength;
  if (synOptions !== undefined) writeSynOptions(view, at, synOptions);
  else if (timestamps) writeTimestamps(view, at, timestamps.value, timestamps.echo);
  counters.segmentsSent++;
  room.send(length, plainFinish);
  return true;
}

/** Answers a segment that nobody wants: RFC 9293, section 3.10.7.1. */
export function sendReset(
  network: NetworkLayer,
  counters: TcpCounters,
  packet: Pick<ReceivedPacket, 'source' | 'destination'>,
  segment: TcpSegment,
): void {
  if (segment.has(tcpFlags.rst)) return;
  const path = network.path(packet.source, packet.destination);
  if (!isPath(path)) return;
  const answersAck = segment.has(tcpFlags.ack);
  counters.resetsSent++;
  sendBare(path, counters, {
    sourcePort: segment.destinationPort,
    destinationPort: segment.sourcePort,
    sequence: answersAck ? segment.acknowledgement : 0,
    acknowledgement: answersAck ? 0 : (segment.sequence + segment.sequenceLength) >>> 0,
    flags: answersAck ? tcpFlags.rst : tcpFlags.rst | tcpFlags.ack,
    window: 0,
  });
}
