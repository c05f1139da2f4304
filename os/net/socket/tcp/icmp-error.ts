/** What ICMP and the network layer say against a connection: RFC 9293, section 3.9.2.2; RFC 5927; RFC 5461. */

import type { IcmpError, Unreachable } from '../network.ts';
import { fail, failure } from './closing.ts';
import type { TcpFailure } from './connection.ts';
import type { ControlBlock } from './control-block.ts';
import { output } from './output.ts';
import { fullSize } from './segment-size.ts';
import { unwrap } from './sequence.ts';

const codes: Readonly<Record<Unreachable['kind'], TcpFailure['code']>> = {
  'no-route': 'ENETUNREACH',
  'no-neighbour': 'EHOSTUNREACH',
  port: 'ECONNREFUSED',
  protocol: 'ECONNREFUSED',
  prohibited: 'EHOSTUNREACH',
  host: 'EHOSTUNREACH',
  network: 'ENETUNREACH',
};

const reasons: Readonly<Record<Unreachable['kind'], string | undefined>> = {
  'no-route': 'there is no route',
  'no-neighbour': 'it does not answer on its link',
  port: undefined,
  protocol: 'it does not speak TCP',
  prohibited: 'a router forbids it',
  host: 'a router says so',
  network: 'a router says so',
};

const hard = new Set<Unreachable['kind']>(['port', 'protocol', 'prohibited']);

/** Why a connection cannot be, as its user is told. */
export const unreachableFailure = (connection: ControlBlock, { kind }: Unreachable): TcpFailure =>
  failure(connection, codes[kind], reasons[kind]);

/** There is no way from here, which this host knows itself: it ends what has only begun. */
export function noWay(connection: ControlBlock, reason: Unreachable): void {
  const why = unreachableFailure(connection, reason);
  if (connection.state === 'syn-sent') fail(connection, why);
  else connection.softError = why;
}

/** Whether the segment with this sequence number was sent and is not acknowledged. */
export function isUnderWay(connection: ControlBlock, sequence: number): boolean {
  const position = unwrap(connection.initialSend, sequence, connection.unacknowledged);
  return position >= connection.unacknowledged && position < connection.next;
}

/**
 * An ICMP error about a segment with this sequence number. One that was not on the way is forged, or late: RFC 5927, section
 * 4.1. An established connection outlives all of them (section 5.2); one in SYN-SENT ends by a hard error, and by a soft one
 * if it comes again after a repetition (RFC 5461, section 4.1), so that another address can be tried soon.
 */
export function icmpError(connection: ControlBlock, error: IcmpError, sequence: number): void {
  if (!isUnderWay(connection, sequence)) return;
  const { reason } = error;
  if (reason.kind === 'too-big') {
    pathShrank(connection);
    return;
  }
  const why = unreachableFailure(connection, reason);
  const repeated = connection.softError !== undefined && connection.synRepeats > 0;
  if (connection.state === 'syn-sent' && (hard.has(reason.kind) || repeated)) fail(connection, why);
  else connection.softError = why;
}

/** RFC 1191, section 6.4: what does not fit any more is sent again at once. It says nothing about congestion. */
function pathShrank(connection: ControlBlock): void {
  const { sender } = connection;
  const size = fullSize(connection);
  if (sender === undefined || size >= connection.segmentSent) return;
  connection.segmentSent = size;
  sender.flight.markLost((record) => record.end - record.start > size);
  if (sender.lossState === 'open' && sender.flight.lostBytes > 0) {
    // Nothing is undone or reduced at the end of this.
    sender.lossState = 'loss';
    sender.recoverPoint = connection.next;
  }
  output(connection);
}
