/** What is sent now: first what was lost, then what is new, as far as the two windows let it. RFC 9293, section 3.8.6.2.1. */
import { tcpFlags } from '../../wire/tcp.ts';
import type { ControlBlock } from './control-block.ts';
import { emit } from './emit.ts';
import type { Sent } from './flight.ts';
import { fullSize, headerLength, largestPayload, segmentSize } from './segment-size.ts';
import { restartSendTimer, sentSomething, startSendTimer } from './send-timer.ts';
import { Sender } from './sender.ts';

const sending: Readonly<Record<string, boolean>> = {
  established: true,
  'close-wait': true,
  'fin-wait-1': true,
  closing: true,
  'last-ack': true,
};

/** Sends what may be sent. Safe to call at any time. */
export function output(connection: ControlBlock): void {
  connection.wantsOutput = false;
  if (sending[connection.state] !== true) return;
  const anythingNew = connection.sendEnd > connection.next;
  let { sender } = connection;
  if (sender === undefined) {
    if (!anythingNew) return;
    sender = new Sender(fullSize(connection), connection.stack.clock.now, connection.synRepeats > 1);
    connection.sender = sender;
  }
  if (sender.flight.lostBytes > 0 && !sendLost(connection, sender)) return;
  if (anythingNew) sendNew(connection, sender);
}

/** @returns false when there was no room for all of it */
function sendLost(connection: ControlBlock, sender: Sender): boolean {
  for (;;) {
    const record = sender.flight.firstLost;
    if (record === undefined) return true;
    const header = headerLength(connection);
    const size = segmentSize(connection, header);
    const room = sender.congestion.window - sender.pipe(size);
    const length = record.end - record.start;
    if (room < Math.min(size, length)) return false;
    const most = Math.min(length, Math.max(size, room), largestPayload(connection, header, size));
    if (!resend(connection, sender, record, most < length ? Math.max(size, most - (most % size)) : most)) return false;
  }
}

/** Sends the first `length` bytes of a record again. @returns false when the link was full */
export function resend(connection: ControlBlock, sender: Sender, record: Sent, length: number): boolean {
  const { now } = connection.stack.clock;
  const stamp = connection.timestamp;
  if (!transmit(connection, record.start, record.start + length)) return false;
  sender.flight.resent(record, length, now);
  if (sender.undoStamp === 0) sender.undoStamp = stamp;
  sender.reductionSent += length;
  sender.sentAt = now;
  connection.retransmits++;
  connection.stack.tally.retransmits++;
  if (connection.sendTimer === 'none') restartSendTimer(connection, sender);
  return true;
}

/** Sends positions from `start` to `end`, FIN included if it is among them. @returns false when the link was full */
function transmit(connection: ControlBlock, start: number, end: number): boolean {
  const { queue } = connection;
  const dataEnd = Math.min(end, queue.end);
  const flags = (end > queue.end ? tcpFlags.fin : 0) | (dataEnd === queue.end && dataEnd > start ? tcpFlags.psh : 0);
  return emit(connection, start, dataEnd - start, flags);
}

function sendNew(connection: ControlBlock, sender: Sender): void {
  const { flight, congestion } = sender;
  const { now } = connection.stack.clock;
  if (flight.empty) {
    if (now - sender.sentAt > connection.roundTrip.timeout) congestion.restart();
    sender.progressAt = now;
  }
  for (;;) {
    const header = headerLength(connection);
    const size = segmentSize(connection, header);
    const length = sendable(connection, sender, size, largestPayload(connection, header, size));
    if (length <= 0) break;
    if (!sendNext(connection, sender, length, size)) return;
  }
  sender.pipePeak = sender.windowLimited ? flight.pipe : Math.max(sender.pipePeak, flight.pipe);
  // Only the peer's window is in the way, and nothing is on the way that would bring news of it.
  if (flight.empty && connection.sendEnd > connection.next && connection.sendTimer === 'none') {
    startSendTimer(connection, 'persist', connection.roundTrip.timeout);
  }
}

/** Sends the next `length` positions for the first time. @returns false when the link was full */
export function sendNext(connection: ControlBlock, sender: Sender, length: number, size: number): boolean {
  const { now } = connection.stack.clock;
  const start = connection.next;
  if (!transmit(connection, start, start + length)) return false;
  connection.next = start + length;
  connection.segmentSent = size;
  sender.flight.add(start, connection.next, now);
  sender.sentAt = now;
  sender.reductionSent += length;
  if (length % size !== 0) connection.smallEnd = connection.next;
  sentSomething(connection, sender);
  return true;
}

/** How many of the next positions may be sent now, in one go; 0 or less: none. */
function sendable(connection: ControlBlock, sender: Sender, size: number, largest: number): number {
  const left = connection.sendEnd - connection.next;
  if (left === 0) {
    sender.windowLimited = false;
    return 0;
  }
  const pipe = sender.pipe(size);
  const offered = connection.windowEdge - connection.next;
  const allowed = sender.congestion.window - pipe;
  sender.windowLimited = allowed < Math.min(left, offered, size);
  let length = Math.min(left, offered, largest);
  // A lone FIN rides on the last data.
  if (connection.finishing && left === length + 1 && offered > length) length = left;
  if (length > allowed) {
    // With nothing on the way, something must be: the window is at least a segment.
    if (allowed < size && pipe === 0) length = Math.min(length, size);
    else length = Math.min(length, allowed - (allowed % size));
  } else if (length < left) {
    if (length >= size) return length - (length % size);
    // The receiver's window is silly; half of its largest is not (RFC 9293, section 3.8.6.2.1, case 3).
    if (length < connection.greatestWindow / 2) return 0;
  }
  return length === left ? withoutSmallTail(connection, length, size) : length;
}

/**
 * Nagle's algorithm in Minshall's form, as Linux has it: a small segment waits while another small one is unacknowledged;
 * full ones do not hold it up, so that the end of a long write does not wait for a delayed acknowledgement.
 */
function withoutSmallTail(connection: ControlBlock, length: number, size: number): number {
  if (connection.noDelay || connection.finishing || connection.smallEnd <= connection.unacknowledged) return length;
  return length - (length % size);
}
