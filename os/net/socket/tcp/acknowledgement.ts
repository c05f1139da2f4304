/** What a segment's acknowledgement and window mean for what was sent: RFC 9293, section 3.10.7.4, fifth check. */
import type { TcpSegment } from '../../wire/tcp.ts';
import { type ControlBlock, news } from './control-block.ts';
import { clearDelivery, delivery } from './flight.ts';
import { afterAcknowledgement } from './loss.ts';
import { fullSize } from './segment-size.ts';
import { restartSendTimer, stopSendTimer } from './send-timer.ts';
import type { Sender } from './sender.ts';
import { unwrap } from './sequence.ts';

/** Takes in an acknowledgement that was found acceptable. `acknowledgement` and `sequence` are positions. */
export function acknowledge(
  connection: ControlBlock,
  segment: TcpSegment,
  acknowledgement: number,
  sequence: number,
): void {
  const bytes = acknowledgement - connection.unacknowledged;
  if (bytes < 0) return;
  const edgeBefore = connection.windowEdge;
  updateWindow(connection, segment, acknowledgement, sequence);
  const { sender } = connection;
  if (sender === undefined) return;
  clearDelivery();
  if (bytes > 0) advance(connection, sender, acknowledgement);
  if (connection.selective) {
    if (segment.sackCount > 0) takeSelective(connection, sender, segment, acknowledgement);
  } else if (bytes === 0 && segment.payloadLength === 0 && connection.windowEdge === edgeBefore) {
    takeDuplicate(connection, sender);
  }
  if (bytes === 0 && delivery.bytes === 0) {
    if (connection.windowEdge !== edgeBefore) connection.wantsOutput = true;
    return;
  }
  const roundTrip = measure(connection, segment, bytes);
  afterAcknowledgement(connection, sender, bytes, segment);
  if (sender.lossState !== 'recovery') grow(connection, sender, roundTrip);
  if (bytes > 0) {
    probeAnswered(connection, sender);
    if (connection.sendTimer !== 'reorder') restartSendTimer(connection, sender);
  }
  connection.wantsOutput = true;
}

/** RFC 9293: the window is taken from the newest segment, not from one that was overtaken. */
function updateWindow(connection: ControlBlock, segment: TcpSegment, acknowledgement: number, sequence: number): void {
  const { windowUpdateSequence, windowUpdateAcknowledgement } = connection;
  const newer =
    windowUpdateSequence < sequence ||
    (windowUpdateSequence === sequence && windowUpdateAcknowledgement <= acknowledgement);
  if (!newer) return;
  const window = segment.window * 2 ** connection.sendScale;
  connection.windowEdge = acknowledgement + window;
  connection.windowUpdateSequence = sequence;
  connection.windowUpdateAcknowledgement = acknowledgement;
  if (window > connection.greatestWindow) connection.greatestWindow = window;
  if (connection.sendTimer === 'persist' && connection.windowEdge > connection.next) {
    connection.roundTrip.endBackOff();
    stopSendTimer(connection);
    connection.wantsOutput = true;
  }
}

function advance(connection: ControlBlock, sender: Sender, acknowledgement: number): void {
  const { queue } = connection;
  connection.unacknowledged = acknowledgement;
  queue.release(Math.min(acknowledgement, queue.end));
  sender.flight.acknowledge(acknowledgement);
  sender.progressAt = connection.stack.clock.now;
  connection.timeouts = 0;
  connection.softError = undefined;
  // RFC 4861, section 7.3.1: forward progress proves the neighbour reachable.
  connection.path.confirm();
  if (connection.wantsDrain && connection.sendLimit - queue.length >= connection.sendLimit / 3) {
    connection.wantsDrain = false;
    connection.tell(news.drain);
  }
}

/** RFC 2018, section 5; a first block that repeats the past is RFC 2883's. */
function takeSelective(connection: ControlBlock, sender: Sender, segment: TcpSegment, acknowledgement: number): void {
  const { initialSend, next } = connection;
  for (let block = 0; block < segment.sackCount; block++) {
    const start = unwrap(initialSend, segment.sackEdges[2 * block] as number, acknowledgement);
    const end = unwrap(initialSend, segment.sackEdges[2 * block + 1] as number, acknowledgement);
    if (start >= end || end > next) continue;
    if (start >= acknowledgement) sender.flight.acknowledgeSelectively(start, end, connection.segmentSent);
    else if (block === 0 && end <= acknowledgement) {
      sender.rack.widen(acknowledgement, next);
      // The probe's original had arrived: no loss to be punished.
      if (end === sender.probeEnd) sender.probeEnd = 0;
    }
  }
}

/** RFC 5681, section 2: a duplicate. More of them than there are segments on the way are made up. */
function takeDuplicate(connection: ControlBlock, sender: Sender): void {
  const size = connection.segmentSent;
  if (sender.flight.empty || (sender.duplicates + 1) * size > sender.flight.pipe + sender.flight.lostBytes) return;
  sender.duplicates++;
  delivery.bytes += size;
}

/** Karn's algorithm; where it has no answer, the timestamps have (RFC 7323, section 4.2). */
function measure(connection: ControlBlock, segment: TcpSegment, bytes: number): number | undefined {
  const { roundTrip, stack } = connection;
  let time: number | undefined;
  if (delivery.cleanSentAt >= 0) time = stack.clock.now - delivery.cleanSentAt;
  else if (bytes > 0 && connection.timestamps && segment.timestampEcho !== 0) {
    const elapsed = (connection.timestamp - segment.timestampEcho) | 0;
    if (elapsed >= 0 && elapsed < 600_000) time = elapsed;
  }
  if (time !== undefined) {
    roundTrip.measured(time);
    connection.window.measured(time);
  }
  return time;
}

function grow(connection: ControlBlock, sender: Sender, roundTrip: number | undefined): void {
  const { congestion } = sender;
  // A window that is not in use says nothing, so it does not grow (RFC 7661). In slow start it may run ahead twofold.
  const inUse = sender.windowLimited || (congestion.slowStart && congestion.window < 2 * sender.pipePeak);
  if (!inUse || delivery.bytes === 0) return;
  congestion.grow({
    bytes: delivery.bytes,
    acknowledged: connection.unacknowledged,
    next: connection.next,
    now: connection.stack.clock.now,
    smoothed: connection.roundTrip.smoothed ?? 0,
    roundTrip,
  });
}

/** RFC 8985, section 7.4: the probe repaired a loss that would otherwise not have been noticed. */
function probeAnswered(connection: ControlBlock, sender: Sender): void {
  const { probeEnd } = sender;
  if (probeEnd === 0 || connection.unacknowledged < probeEnd) return;
  // An answer to exactly the probe may be the original's; then a duplicate will be reported.
  if (sender.probeWasRepeat && connection.unacknowledged === probeEnd) return;
  sender.probeEnd = 0;
  if (!sender.probeWasRepeat || sender.lossState !== 'open') return;
  sender.congestion.decrease();
  sender.congestion.window = Math.max(sender.congestion.threshold, fullSize(connection));
}
