/** Opening from our side: RFC 9293, sections 3.5 and 3.10.7.3, simultaneous opening included. */
import { type TcpSegment, tcpFlags } from '../../wire/tcp.ts';
import { fail, failure } from './closing.ts';
import { type ControlBlock, news } from './control-block.ts';
import { watchSilence } from './keep-alive.ts';
import { sendBare } from './reply.ts';
import { announcedSegment, peerSegment } from './segment-size.ts';
import { startSendTimer, stopSendTimer } from './send-timer.ts';
import { unwrap, wrap } from './sequence.ts';

/** With time-outs that double from one second, about two minutes in all (RFC 9293, section 3.8.3: at least three, R2). */
const synRepeats = 6;

/** Sends the SYN, or in SYN-RECEIVED the SYN with an acknowledgement, and waits for an answer. */
export function sendSyn(connection: ControlBlock): void {
  const { stack, local, remote, window } = connection;
  const answer = connection.state === 'syn-received';
  connection.next = 1;
  const sent = sendBare(connection.path, stack.tally, {
    sourcePort: local.port,
    destinationPort: remote.port,
    sequence: connection.initialSend,
    acknowledgement: answer ? wrap(connection.initialReceive, connection.receiveNext) : 0,
    flags: answer ? tcpFlags.syn | tcpFlags.ack : tcpFlags.syn,
    window: window.offerInSyn(connection.receiveNext),
    synOptions: {
      maxSegment: announcedSegment(connection.path),
      windowScale: !answer || connection.window.scale > 0 ? window.scale : undefined,
      sackPermitted: !answer || connection.selective,
      timestamps:
        !answer || connection.timestamps
          ? { value: connection.timestamp, echo: answer ? connection.recentTimestamp : 0 }
          : undefined,
    },
  });
  if (!sent) stack.blocked(connection);
  startSendTimer(connection, 'retransmit', connection.roundTrip.timeout);
  connection.sendAt = Math.min(connection.sendAt, connection.startedAt + connection.userTimeout);
}

/** Nothing came back in time. */
export function repeatSyn(connection: ControlBlock): void {
  const { now } = connection.stack.clock;
  if (connection.synRepeats >= synRepeats || now - connection.startedAt >= connection.userTimeout) {
    fail(connection, connection.softError ?? failure(connection, 'ETIMEDOUT'));
    return;
  }
  connection.synRepeats++;
  connection.path.doubt();
  connection.roundTrip.backOffFurther();
  sendSyn(connection);
}

/**
 * A segment arrives in SYN-SENT.
 * @returns false when it is to be answered by a reset
 */
export function answerToSyn(connection: ControlBlock, segment: TcpSegment): boolean {
  const answers = segment.has(tcpFlags.ack);
  const acknowledgement = unwrap(connection.initialSend, segment.acknowledgement, 0);
  if (answers && acknowledgement !== 1) return false;
  if (segment.has(tcpFlags.rst)) {
    if (answers) {
      connection.stack.tally.resetsReceived++;
      fail(connection, failure(connection, 'ECONNREFUSED'));
    }
    return true;
  }
  if (!segment.has(tcpFlags.syn)) return true;
  connection.receivedAt = connection.stack.clock.now;
  takeSyn(connection, segment);
  if (answers) {
    establish(connection, segment, 0);
    connection.acknowledgeNow = true;
    connection.tell(news.connect);
  } else {
    connection.state = 'syn-received';
    connection.unacknowledged = 0;
    sendSyn(connection);
  }
  return true;
}

/** Takes in what a SYN says about its sender. */
function takeSyn(connection: ControlBlock, segment: TcpSegment): void {
  connection.initialReceive = segment.sequence;
  connection.receiveNext = 1;
  connection.acknowledged = 1;
  // The right edge that the SYN offered counted from 0, when the peer's first position was not known.
  connection.window.edge += 1;
  negotiate(connection, segment);
}

/** A listener's connection, as it stands when the last acknowledgement of its handshake is about to be looked at. */
export function establishable(
  connection: ControlBlock,
  opening: {
    readonly initialReceive: number;
    readonly peer: Negotiated;
    readonly startedAt: number;
    readonly repeats: number;
  },
): void {
  connection.state = 'syn-received';
  connection.initialReceive = opening.initialReceive;
  connection.receiveNext = 1;
  connection.acknowledged = 1;
  connection.next = 1;
  connection.startedAt = opening.startedAt;
  connection.synRepeats = opening.repeats;
  connection.window.offerInSyn(1);
  negotiate(connection, opening.peer);
}

export interface Negotiated {
  readonly maxSegment: number;
  readonly windowScale: number;
  readonly sackPermitted: boolean;
  readonly hasTimestamps: boolean;
  readonly timestamp: number;
}

/** Both sides must have named an option for it to be in force. */
function negotiate(connection: ControlBlock, peer: Negotiated): void {
  connection.peerSegment = peerSegment(peer.maxSegment, connection.remote.address);
  connection.selective = peer.sackPermitted;
  connection.timestamps = peer.hasTimestamps;
  if (peer.hasTimestamps) {
    connection.recentTimestamp = peer.timestamp;
    connection.recentTimestampAt = connection.stack.clock.now;
  }
  if (peer.windowScale >= 0) connection.sendScale = peer.windowScale;
  else connection.window.scale = 0;
}

/** Our SYN is acknowledged by a segment at position `sequence`; the peer's was before. */
export function establish(connection: ControlBlock, segment: TcpSegment, sequence: number): void {
  const { now } = connection.stack.clock;
  connection.state = connection.finishing ? 'fin-wait-1' : 'established';
  connection.unacknowledged = 1;
  connection.next = 1;
  // RFC 7323, section 2.2: the window of a SYN is not scaled.
  const window = segment.has(tcpFlags.syn) ? segment.window : segment.window * 2 ** connection.sendScale;
  connection.windowEdge = 1 + window;
  connection.greatestWindow = window;
  connection.windowUpdateSequence = sequence;
  connection.windowUpdateAcknowledgement = 1;
  stopSendTimer(connection);
  if (connection.synRepeats === 0) {
    connection.roundTrip.measured(now - connection.startedAt);
    connection.window.measured(now - connection.startedAt);
  } else connection.roundTrip.distrust();
  connection.roundTrip.endBackOff();
  connection.path.confirm();
  watchSilence(connection);
  connection.wantsOutput = true;
  connection.stack.touch(connection);
}
