/** Loss and recovery: RFC 8985 finds it, RFC 6937 paces the repair, RFC 3522 takes back what was unfounded. */
import type { TcpSegment } from '../../wire/tcp.ts';
import type { ControlBlock } from './control-block.ts';
import { delivery } from './flight.ts';
import { restartSendTimer, startSendTimer } from './send-timer.ts';
import type { Sender } from './sender.ts';
import { before } from './sequence.ts';

/** RFC 5681, section 3.2. */
const duplicateThreshold = 3;

/** After an acknowledgement was entered into the scoreboard. `bytes`: by how much it moved SND.UNA. */
export function afterAcknowledgement(
  connection: ControlBlock,
  sender: Sender,
  bytes: number,
  segment: TcpSegment,
): void {
  const { flight, rack } = sender;
  const { now } = connection.stack.clock;
  const { undoStamp } = sender;
  const echoTooOld = connection.timestamps && undoStamp !== 0 && before(segment.timestampEcho, undoStamp);
  rack.note(delivery, now, echoTooOld);
  if (sender.lossState !== 'open') {
    if (echoTooOld && delivery.retransmitted && bytes > 0) undo(connection, sender);
    else if (connection.unacknowledged >= sender.recoverPoint) leaveRecovery(connection, sender);
  }
  const lostBefore = flight.lostBytes;
  if (!flight.empty) detectLoss(connection, sender, bytes);
  if (flight.lostBytes > 0 && sender.lossState === 'open') enterRecovery(connection, sender);
  if (sender.lossState === 'recovery' && delivery.bytes > 0) {
    reduce(sender, connection.segmentSent, bytes > 0 && flight.lostBytes <= lostBefore);
  }
}

function detectLoss(connection: ControlBlock, sender: Sender, bytes: number): void {
  const { flight } = sender;
  const size = connection.segmentSent;
  if (connection.selective) {
    if (flight.sackedBytes > 0 || sender.lossState !== 'open') lookForLoss(connection, sender);
  } else if (sender.lossState === 'recovery' && bytes > 0) {
    // A partial acknowledgement: RFC 6582, section 3.2, step 3. What it covers beyond the hole had been counted already.
    sender.duplicates = Math.max(0, sender.duplicates - Math.floor(bytes / size) + 1);
    flight.markFirstLost(size);
  } else if (bytes > 0) sender.duplicates = 0;
  else if (sender.duplicates >= duplicateThreshold && sender.lossState === 'open') {
    if (connection.unacknowledged >= sender.recoverPoint) flight.markFirstLost(size);
  }
}

/** Asks RACK, now and, if something is in doubt, again when it is not. */
export function lookForLoss(connection: ControlBlock, sender: Sender): void {
  const { now } = connection.stack.clock;
  const smoothed = connection.roundTrip.smoothed ?? Number.POSITIVE_INFINITY;
  const wait = sender.rack.detect(sender.flight, now, connection.segmentSent, sender.lossState !== 'open', smoothed);
  if (wait > 0) startSendTimer(connection, 'reorder', wait);
  else if (connection.sendTimer === 'reorder') restartSendTimer(connection, sender);
}

/** RFC 6675, section 5, step 4. */
export function enterRecovery(connection: ControlBlock, sender: Sender): void {
  sender.reductionFrom = connection.next - connection.unacknowledged;
  sender.reductionDelivered = 0;
  sender.reductionSent = 0;
  sender.undo = sender.congestion.decrease();
  sender.undoStamp = 0;
  sender.lossState = 'recovery';
  sender.recoverPoint = connection.next;
  sender.probeEnd = 0;
  connection.stack.tally.fastRecoveries++;
}

function leaveRecovery(connection: ControlBlock, sender: Sender): void {
  if (sender.lossState === 'recovery') {
    sender.congestion.window = sender.congestion.threshold;
    sender.rack.recoveryEnded();
  }
  settle(connection, sender);
}

/** The Eifel detection algorithm, RFC 3522: the first answer is to the original, not to what was sent again. */
function undo(connection: ControlBlock, sender: Sender): void {
  if (sender.undo === undefined) return;
  sender.congestion.restore(sender.undo);
  sender.flight.forgive();
  connection.stack.tally.spuriousRecoveries++;
  settle(connection, sender);
}

function settle(connection: ControlBlock, sender: Sender): void {
  sender.lossState = 'open';
  sender.undo = undefined;
  sender.undoStamp = 0;
  sender.duplicates = 0;
  if (connection.sendTimer === 'reorder') restartSendTimer(connection, sender);
}

/** Proportional rate reduction: RFC 6937, section 3, with the slow start bound of RFC 9937 where things get better. */
function reduce(sender: Sender, size: number, better: boolean): void {
  const { congestion } = sender;
  sender.reductionDelivered += delivery.bytes;
  const pipe = sender.pipe(size);
  const { threshold } = congestion;
  const delivered = sender.reductionDelivered;
  let count: number;
  if (pipe > threshold) {
    count = Math.ceil((delivered * threshold) / sender.reductionFrom) - sender.reductionSent;
  } else {
    const limit = Math.max(delivered - sender.reductionSent, delivery.bytes) + (better ? size : 0);
    count = Math.min(threshold - pipe, limit);
  }
  // The first retransmission is never held back.
  congestion.window = pipe + Math.max(count, sender.reductionSent === 0 ? size : 0);
}
