/** Data and FIN of a segment: RFC 9293, section 3.10.7.4, seventh and eighth check; when to acknowledge, section 3.8.6.3. */
import { type TcpSegment, tcpFlags } from '../../wire/tcp.ts';
import { enterTimeWait } from './closing.ts';
import { type ControlBlock, news } from './control-block.ts';
import { sendAcknowledgement } from './emit.ts';
import { Reassembly } from './reassembly.ts';
import { announcedSegment } from './segment-size.ts';

/** RFC 9293: at most 500 ms; Linux begins with this. */
const acknowledgementDelay = 40;

/** Takes what is new and fits from a segment whose payload begins at position `start`. */
export function takeData(connection: ControlBlock, segment: TcpSegment, bytes: Uint8Array, start: number): void {
  const length = segment.payloadLength;
  const whole = start + length;
  const end = Math.min(whole, connection.window.edge);
  if (segment.has(tcpFlags.fin) && end === whole && connection.finAt < 0 && whole >= connection.receiveNext) {
    connection.finAt = whole;
  }
  if (length > 0) placeData(connection, segment, bytes, start, end);
  else if (start > connection.receiveNext) connection.acknowledgeNow = true;
  if (connection.finAt === connection.receiveNext) takeFin(connection);
  // What does not fit is answered at once: it may have been a probe.
  else if (whole > end || segment.has(tcpFlags.fin)) connection.acknowledgeNow = true;
}

function placeData(connection: ControlBlock, segment: TcpSegment, bytes: Uint8Array, start: number, end: number): void {
  const { receiveNext, stack } = connection;
  const offset = segment.payloadStart;
  const limit = connection.finAt >= 0 ? Math.min(end, connection.finAt) : end;
  noteSize(connection, segment.payloadLength);
  if (start > receiveNext) {
    if (limit <= start) return;
    stack.tally.outOfOrder++;
    connection.reassembly ??= new Reassembly();
    const result = connection.reassembly.insert(start, limit, bytes, offset, connection.window.space);
    if (result === 'duplicate') reportDuplicate(connection, start, limit);
    // RFC 5681, section 4.2: at once, and one for each, because senders count them.
    sendAcknowledgement(connection);
    return;
  }
  if (limit <= receiveNext) {
    if (start + segment.payloadLength <= receiveNext) reportDuplicate(connection, start, start + segment.payloadLength);
    connection.acknowledgeNow = true;
    return;
  }
  if (start < receiveNext) reportDuplicate(connection, start, receiveNext);
  connection.received.append(bytes, offset + receiveNext - start, offset + limit - start);
  let reached = limit;
  const { reassembly } = connection;
  if (reassembly !== undefined) {
    reached = reassembly.release(limit, connection.received);
    if (reassembly.empty) connection.reassembly = undefined;
    connection.acknowledgeNow = true;
  }
  connection.bytesReceived += reached - receiveNext;
  connection.receiveNext = reached;
  delayAcknowledgement(connection);
  connection.tell(news.data);
}

function noteSize(connection: ControlBlock, length: number): void {
  if (length <= connection.receivedSegment) return;
  const full = announcedSegment(connection.path) - (connection.timestamps ? 12 : 0);
  connection.receivedSegment = Math.max(connection.receivedSegment, Math.min(length, full));
}

function delayAcknowledgement(connection: ControlBlock): void {
  const waiting = connection.receiveNext - connection.acknowledged;
  if (waiting >= 2 * connection.receivedSegment || connection.quickAcknowledgements > 0) {
    connection.acknowledgeNow = true;
  } else if (connection.acknowledgeAt === Number.POSITIVE_INFINITY) {
    connection.acknowledgeAt = connection.stack.clock.now + acknowledgementDelay;
  }
}

/** RFC 2883: the next acknowledgement says what came twice. */
export function reportDuplicate(connection: ControlBlock, start: number, end: number): void {
  connection.stack.tally.duplicates++;
  if (!connection.selective) return;
  connection.duplicateStart = start;
  connection.duplicateEnd = end;
}

function takeFin(connection: ControlBlock): void {
  if (connection.finReceived) return;
  connection.finReceived = true;
  connection.receiveNext++;
  connection.reassembly = undefined;
  sendAcknowledgement(connection);
  if (connection.received.length === 0) connection.tell(news.end);
  if (connection.state === 'established') connection.state = 'close-wait';
  else if (connection.state === 'fin-wait-2') enterTimeWait(connection);
  else if (connection.state === 'fin-wait-1') connection.state = 'closing';
}
