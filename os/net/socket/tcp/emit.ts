/** One segment of a connection onto its path. */

import { tcpChecksumOffset, tcpFlags, tcpHeaderLength, writeTcpHeader } from '../../wire/tcp.ts';
import { writeSack, writeTimestamps } from '../../wire/tcp-options.ts';
import { protocols } from '../network.ts';
import type { ControlBlock } from './control-block.ts';
import { dontFragment, plainFinish, sendBare } from './reply.ts';
import { headerLength, sackBlocks, segmentSize } from './segment-size.ts';
import { wrap } from './sequence.ts';

/**
 * Sends `length` bytes of the queue from `position` on, as one segment or as a train that the link cuts, with the current
 * acknowledgement and window.
 * @returns false when the link was full; the layer comes back when it is not
 */
export function emit(connection: ControlBlock, position: number, length: number, flags: number): boolean {
  const { stack, path } = connection;
  const header = headerLength(connection);
  const room = path.begin(protocols.tcp, header + length, dontFragment);
  if (room === undefined) {
    stack.blocked(connection);
    return false;
  }
  const { bytes, view, start } = room;
  const { receiveNext } = connection;
  const window = connection.window.offer(receiveNext, connection.received.length, connection.receivedSegment);
  writeTcpHeader(
    view,
    start,
    connection.local.port,
    connection.remote.port,
    wrap(connection.initialSend, position),
    wrap(connection.initialReceive, receiveNext),
    header,
    flags | tcpFlags.ack,
    window,
  );
  writeOptions(connection, view, start + tcpHeaderLength);
  if (length > 0) connection.queue.copy(position, length, bytes, start + header);
  acknowledgementSent(connection);
  stack.tally.segmentsSent++;
  const size = segmentSize(connection, header);
  room.send(
    header + length,
    length <= size ? plainFinish : { checksumOffset: tcpChecksumOffset, segmentSize: size, headerLength: header },
  );
  return true;
}

/** Acknowledges now, without data. */
export function sendAcknowledgement(connection: ControlBlock): void {
  connection.acknowledgeNow = !emit(connection, connection.next, 0, 0);
}

/**
 * Answers a segment that may have been forged, so that a peer that is what it claims corrects itself. RFC 5961, section 7,
 * limits how often; each connection has a limit of its own, because a common one can be watched from outside.
 */
export function challenge(connection: ControlBlock): void {
  const { clock, tally } = connection.stack;
  if (clock.now < connection.nextChallenge) return;
  connection.nextChallenge = clock.now + 100;
  tally.challengeAcks++;
  sendAcknowledgement(connection);
}

/** Tells the peer that the connection is no more. */
export function sendConnectionReset(connection: ControlBlock): void {
  const { stack, local, remote } = connection;
  stack.tally.resetsSent++;
  sendBare(connection.path, stack.tally, {
    sourcePort: local.port,
    destinationPort: remote.port,
    sequence: wrap(connection.initialSend, connection.next),
    acknowledgement: wrap(connection.initialReceive, connection.receiveNext),
    flags: tcpFlags.rst | tcpFlags.ack,
    window: 0,
  });
}

function writeOptions(connection: ControlBlock, view: DataView, at: number): void {
  let end = at;
  // Counted before the duplicate is forgotten: the header's length was reckoned with it.
  const blocks = sackBlocks(connection);
  if (connection.timestamps) end = writeTimestamps(view, at, connection.timestamp, connection.recentTimestamp);
  if (blocks === 0) return;
  const edges: number[] = [];
  const report = (start: number, stop: number): void => {
    edges.push(wrap(connection.initialReceive, start), wrap(connection.initialReceive, stop));
  };
  if (connection.duplicateEnd >= 0) report(connection.duplicateStart, connection.duplicateEnd);
  connection.reassembly?.report(blocks - edges.length / 2, report);
  writeSack(view, end, edges);
}

function acknowledgementSent(connection: ControlBlock): void {
  if (connection.acknowledged !== connection.receiveNext && connection.quickAcknowledgements > 0) {
    connection.quickAcknowledgements--;
  }
  connection.acknowledged = connection.receiveNext;
  connection.acknowledgeNow = false;
  connection.acknowledgeAt = Number.POSITIVE_INFINITY;
  connection.duplicateEnd = -1;
}
