/** The timer for sending has expired: RFC 6298, section 5; RFC 8985, section 7.3; RFC 9293, section 3.8.6.1. */

import { fail, failure } from './closing.ts';
import type { ControlBlock } from './control-block.ts';
import { emit } from './emit.ts';
import { sent } from './flight.ts';
import { repeatSyn } from './handshake.ts';
import { enterRecovery, lookForLoss } from './loss.ts';
import { output, resend, sendNext } from './output.ts';
import { defaultSegment, fullSize, nextSize } from './segment-size.ts';
import { restartSendTimer, startSendTimer, stopSendTimer } from './send-timer.ts';
import type { Sender } from './sender.ts';

/** Time-outs in a row after which full segments are thought to vanish on the path: RFC 4821, section 7.7, at its simplest. */
const blackHoleTimeouts = 2;

export function sendTimerExpired(connection: ControlBlock): void {
  const what = connection.sendTimer;
  stopSendTimer(connection);
  if (connection.state === 'syn-sent' || connection.state === 'syn-received') {
    repeatSyn(connection);
    return;
  }
  const { sender } = connection;
  if (sender === undefined) return;
  if (what === 'persist') probeWindow(connection, sender);
  else if (sender.flight.empty) return;
  else if (what === 'retransmit') timedOut(connection, sender);
  else if (what === 'probe') probeTail(connection, sender);
  else reordered(connection, sender);
}

function giveUp(connection: ControlBlock): void {
  fail(connection, connection.softError ?? failure(connection, 'ETIMEDOUT'));
}

/** The next time-out, but not later than the user wants to wait. */
function startTimeout(connection: ControlBlock, since: number): void {
  startSendTimer(connection, 'retransmit', connection.roundTrip.timeout);
  connection.sendAt = Math.min(connection.sendAt, since + connection.userTimeout);
}

function timedOut(connection: ControlBlock, sender: Sender): void {
  const { stack, roundTrip, path } = connection;
  const { now } = stack.clock;
  if (now - sender.progressAt >= connection.userTimeout) {
    giveUp(connection);
    return;
  }
  stack.tally.timeouts++;
  connection.timeouts++;
  if (connection.timeouts >= blackHoleTimeouts) path.doubt();
  if (connection.timeouts === blackHoleTimeouts) avoidBlackHole(connection, sender);
  const size = fullSize(connection);
  // RFC 5681, section 3.1: a second time-out, or one in recovery, does not lower the threshold again.
  if (sender.lossState === 'open') {
    sender.undo = sender.congestion.decrease();
    sender.undoStamp = 0;
  }
  sender.congestion.window = size;
  sender.lossState = 'loss';
  sender.recoverPoint = connection.next;
  sender.duplicates = 0;
  sender.probeEnd = 0;
  if (connection.selective) sender.rack.markAtTimeout(sender.flight, now, size, roundTrip.smoothed ?? 0);
  else sender.flight.markLost(() => true);
  roundTrip.backOffFurther();
  output(connection);
  startTimeout(connection, sender.progressAt);
}

function avoidBlackHole(connection: ControlBlock, sender: Sender): void {
  const first = sender.flight.first;
  const limit = defaultSegment(connection.remote.address);
  if (first === undefined || first.end - first.start <= limit || fullSize(connection) <= limit) return;
  connection.pathLimit = limit;
}

/** A probe of the tail: something new if there is something, the last segment again otherwise. */
function probeTail(connection: ControlBlock, sender: Sender): void {
  const size = nextSize(connection);
  const fresh = Math.min(size, connection.sendEnd - connection.next, connection.windowEdge - connection.next);
  connection.stack.tally.lossProbes++;
  if (fresh > 0) {
    sender.probeWasRepeat = false;
    if (sendNext(connection, sender, fresh, size)) sender.probeEnd = connection.next;
  } else {
    const record = sender.flight.lastOf(size);
    if (record?.state === sent.out && resend(connection, sender, record, record.end - record.start)) {
      sender.probeWasRepeat = true;
      sender.probeEnd = record.end;
    }
  }
  startTimeout(connection, sender.progressAt);
}

/** What was in doubt because of possible reordering has had its time. */
function reordered(connection: ControlBlock, sender: Sender): void {
  lookForLoss(connection, sender);
  if (sender.flight.lostBytes > 0 && sender.lossState === 'open') {
    enterRecovery(connection, sender);
    // Room for the first retransmission; acknowledgements make room for the others.
    sender.congestion.window = sender.pipe(connection.segmentSent) + connection.segmentSent;
  }
  output(connection);
  if (connection.sendTimer === 'none') restartSendTimer(connection, sender);
}

/** The peer's window is closed, or too small to be worth it: ask, so that news of it cannot be lost. */
function probeWindow(connection: ControlBlock, sender: Sender): void {
  const { stack, roundTrip } = connection;
  if (stack.clock.now - Math.max(connection.receivedAt, sender.progressAt) >= connection.userTimeout) {
    giveUp(connection);
    return;
  }
  stack.tally.windowProbes++;
  const size = nextSize(connection);
  const length = Math.min(size, connection.windowEdge - connection.next, connection.sendEnd - connection.next);
  roundTrip.backOffFurther();
  if (length > 0) {
    sendNext(connection, sender, length, size);
    return;
  }
  // A segment with nothing new is answered like one with a byte of data, and cannot get lost in a window that closes.
  emit(connection, connection.unacknowledged - 1, 0, 0);
  startSendTimer(connection, 'persist', roundTrip.timeout);
}
