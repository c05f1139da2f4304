/** A segment for a connection that both sides know: RFC 9293, section 3.10.7.4, with RFC 5961 and RFC 7323, section 5. */
import { type TcpSegment, tcpFlags } from '../../wire/tcp.ts';
import { acknowledge } from './acknowledgement.ts';
import { reportDuplicate, takeData } from './arriving-data.ts';
import { closed, enterTimeWait, fail, failure } from './closing.ts';
import { type ControlBlock, news } from './control-block.ts';
import { challenge } from './emit.ts';
import { establish } from './handshake.ts';
import { before, unwrap } from './sequence.ts';

/** RFC 7323, section 5.5: after 24 days of silence a timestamp says nothing. Milliseconds. */
const timestampLife = 24 * 86_400_000;

/** @returns false when the segment is to be answered by a reset */
export function segmentArrives(connection: ControlBlock, segment: TcpSegment, bytes: Uint8Array): boolean {
  const { stack } = connection;
  const sequence = unwrap(connection.initialReceive, segment.sequence, connection.receiveNext);
  const repeatedSyn = connection.state === 'syn-received' && sequence === 0 && segment.has(tcpFlags.syn);
  if (!timestampAcceptable(connection, segment)) {
    stack.tally.oldTimestamps++;
    refuse(connection, segment, sequence);
    return true;
  }
  // Simultaneous opening: the other's SYN comes again, now with the acknowledgement of ours.
  if (!repeatedSyn && !sequenceAcceptable(connection, segment, sequence)) {
    refuse(connection, segment, sequence);
    return true;
  }
  if (segment.has(tcpFlags.rst)) {
    takeReset(connection, sequence);
    return true;
  }
  if (segment.has(tcpFlags.syn) && !repeatedSyn) {
    challenge(connection);
    return true;
  }
  noteTimestamp(connection, segment, sequence);
  if (!segment.has(tcpFlags.ack)) return true;
  const acknowledgement = unwrap(connection.initialSend, segment.acknowledgement, connection.unacknowledged);
  if (connection.state === 'syn-received') {
    if (acknowledgement !== 1) return false;
    establish(connection, segment, sequence);
    connection.tell(connection.listener === undefined ? news.connect : news.accept);
  } else if (!acknowledgementAcceptable(connection, acknowledgement)) {
    challenge(connection);
    return true;
  }
  connection.receivedAt = stack.clock.now;
  connection.keepAliveProbes = 0;
  acknowledge(connection, segment, acknowledgement, sequence);
  const { state } = connection;
  if (state !== 'established' && state !== 'close-wait' && !afterFinAcknowledged(connection)) return true;
  if (connection.wantsOutput || connection.acknowledgeNow) stack.touch(connection);
  if (repeatedSyn || (segment.payloadLength === 0 && !segment.has(tcpFlags.fin))) return true;
  if (connection.finReceived) {
    // RFC 9293: nothing can follow a FIN. What comes is the peer's repetition.
    connection.acknowledgeNow = true;
  } else takeData(connection, segment, bytes, sequence);
  stack.touch(connection);
  return true;
}

/** Protection against wrapped sequence numbers: RFC 7323, section 5.3, R1. Resets are exempt (section 5.2). */
function timestampAcceptable(connection: ControlBlock, segment: TcpSegment): boolean {
  if (!connection.timestamps || segment.has(tcpFlags.rst)) return true;
  // Section 3.2: once negotiated, they are in every segment.
  if (!segment.hasTimestamps) return segment.has(tcpFlags.syn);
  if (!before(segment.timestamp, connection.recentTimestamp)) return true;
  return connection.stack.clock.now - connection.recentTimestampAt > timestampLife;
}

/** R3 of RFC 7323, section 5.3: of segments that begin at or before the last acknowledgement. */
function noteTimestamp(connection: ControlBlock, segment: TcpSegment, sequence: number): void {
  if (!connection.timestamps || !segment.hasTimestamps || sequence > connection.acknowledged) return;
  if (before(segment.timestamp, connection.recentTimestamp)) {
    if (connection.stack.clock.now - connection.recentTimestampAt <= timestampLife) return;
  }
  connection.recentTimestamp = segment.timestamp;
  connection.recentTimestampAt = connection.stack.clock.now;
}

/** First check. From the last acknowledgement on, not from RCV.NXT: pure acknowledgements overtake each other. */
function sequenceAcceptable(connection: ControlBlock, segment: TcpSegment, sequence: number): boolean {
  return sequence + segment.sequenceLength >= connection.acknowledged && sequence <= connection.window.edge;
}

/** Says where this side stands, unless that could go on for ever between two that are out of step. */
function refuse(connection: ControlBlock, segment: TcpSegment, sequence: number): void {
  if (segment.has(tcpFlags.rst)) return;
  const length = segment.payloadLength;
  if (length === 0 || segment.has(tcpFlags.syn)) {
    challenge(connection);
    return;
  }
  if (sequence + length <= connection.receiveNext && sequence > 0) {
    reportDuplicate(connection, sequence, sequence + length);
  }
  connection.acknowledgeNow = true;
  connection.stack.touch(connection);
}

/** Second check: RFC 5961, section 3.2. */
function takeReset(connection: ControlBlock, sequence: number): void {
  if (sequence !== connection.receiveNext) {
    challenge(connection);
    return;
  }
  connection.stack.tally.resetsReceived++;
  const { state } = connection;
  // Both sides have finished: nothing is lost by it.
  if (state === 'closing' || state === 'last-ack') closed(connection);
  else if (state === 'syn-received') fail(connection, failure(connection, 'ECONNREFUSED'));
  else fail(connection, failure(connection, 'ECONNRESET'));
}

/** RFC 5961, section 5.2: neither for what was not sent, nor for what is long past. */
function acknowledgementAcceptable(connection: ControlBlock, acknowledgement: number): boolean {
  return (
    acknowledgement <= connection.next &&
    acknowledgement >= connection.unacknowledged - Math.max(connection.greatestWindow, 65_535)
  );
}

/** @returns false when the connection is over */
function afterFinAcknowledged(connection: ControlBlock): boolean {
  if (!connection.finishing || connection.unacknowledged <= connection.queue.end) return true;
  if (connection.state === 'fin-wait-1') connection.state = 'fin-wait-2';
  else if (connection.state === 'closing') {
    enterTimeWait(connection);
    return false;
  } else if (connection.state === 'last-ack') {
    closed(connection);
    return false;
  }
  return true;
}
