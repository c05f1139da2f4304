/** How large segments may be: RFC 9293, section 3.7.1, RFC 6691; what the path takes (RFC 1191, RFC 8201). Bytes. */
import { type Address, isIpv4 } from '../../wire/address.ts';
import { tcpHeaderLength } from '../../wire/tcp.ts';
import { sackLength, timestampsLength } from '../../wire/tcp-options.ts';
import type { Path } from '../network.ts';
import type { ControlBlock } from './control-block.ts';

/** RFC 9293, section 3.7.1: of a peer that does not say what it takes. Every path takes these, too. */
export const defaultSegment = (address: Address): number => (isIpv4(address) ? 536 : 1220);

/** A peer that wants less than this wants to make work. Linux has 48. */
const leastSegment = 64;
/** What a header's length leaves for options. */
const optionSpace = 40;

/** The MSS to announce: what this host's side of the path takes, options not subtracted (RFC 6691). */
export const announcedSegment = (path: Path): number =>
  Math.min(65_535, Math.max(leastSegment, path.maxPayload - tcpHeaderLength));

/** What the peer's MSS option, 0 if it had none, says. */
export const peerSegment = (option: number, address: Address): number =>
  option === 0 ? defaultSegment(address) : Math.max(leastSegment, option);

/** How many blocks of a selective acknowledgement the next segment carries. RFC 2018, section 3; RFC 2883, section 4. */
export function sackBlocks(connection: ControlBlock): number {
  const { reassembly } = connection;
  if (!connection.selective) return 0;
  const duplicate = connection.duplicateEnd >= 0 ? 1 : 0;
  if (duplicate === 0 && (reassembly === undefined || reassembly.empty)) return 0;
  const space = optionSpace - 4 - (connection.timestamps ? timestampsLength : 0);
  return Math.min(Math.floor(space / 8), duplicate + (reassembly?.count ?? 0));
}

export const headerLength = (connection: ControlBlock): number =>
  tcpHeaderLength + (connection.timestamps ? timestampsLength : 0) + sackLength(sackBlocks(connection));

/** Payload of a full segment now, behind a header of this length. */
export const segmentSize = (connection: ControlBlock, header: number): number =>
  Math.max(
    8,
    Math.min(
      connection.path.maxPayload,
      connection.peerSegment + tcpHeaderLength,
      connection.pathLimit + tcpHeaderLength,
    ) - header,
  );

/** Payload of a full segment without a selective acknowledgement: what the congestion window counts in. */
export const fullSize = (connection: ControlBlock): number =>
  segmentSize(connection, tcpHeaderLength + (connection.timestamps ? timestampsLength : 0));

/** Payload of a full segment, as the next one is. */
export const nextSize = (connection: ControlBlock): number => segmentSize(connection, headerLength(connection));

/** The most payload to be handed over at once: a whole number of segments, if the link cuts them. */
export function largestPayload(connection: ControlBlock, header: number, size: number): number {
  const { maxSegmented, maxPayload } = connection.path;
  return maxSegmented <= maxPayload ? size : Math.max(1, Math.floor((maxSegmented - header) / size)) * size;
}
