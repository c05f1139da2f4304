/** How connections end. */
import { formatEndpoint } from '../../wire/address.ts';
import type { TcpFailure } from './connection.ts';
import { type ControlBlock, news } from './control-block.ts';
import { sendConnectionReset } from './emit.ts';
import { stopSendTimer } from './send-timer.ts';

const sentences: Readonly<Record<TcpFailure['code'], string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the peer has reset the connection',
  ECONNABORTED: 'the connection was given up',
  ETIMEDOUT: 'the peer does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EADDRNOTAVAIL: 'the local address is not one of this host',
  EADDRINUSE: 'no port is free',
};

/** A failure as a sentence for people: `192.0.2.1:80: nobody listens there`. */
export function failure(connection: ControlBlock, code: TcpFailure['code'], why?: string): TcpFailure {
  const reason = why === undefined ? sentences[code] : `${sentences[code]}: ${why}`;
  return { code, message: `${formatEndpoint(connection.remote)}: ${reason}` };
}

/** Ends it otherwise than by agreement; the user is told. */
export function fail(connection: ControlBlock, reason: TcpFailure): void {
  if (connection.state === 'syn-sent' || connection.state === 'syn-received') {
    connection.stack.tally.failedAttempts++;
  }
  connection.failure = reason;
  end(connection);
  connection.tell(news.close);
}

/** Ends it at the user's wish: RFC 9293, section 3.10.5. The user is not told. */
export function abort(connection: ControlBlock): void {
  const { state } = connection;
  if (state === 'closed' || state === 'time-wait') {
    forgetUser(connection);
    return;
  }
  // In the states behind both FINs, the peer knows already.
  if (state !== 'syn-sent' && state !== 'closing' && state !== 'last-ack') sendConnectionReset(connection);
  end(connection);
  forgetUser(connection);
}

/** Both sides have finished, and the last acknowledgement is on its way or here. */
export function closed(connection: ControlBlock): void {
  end(connection);
  tellClosed(connection);
}

/** The same, but the peer may ask again: RFC 9293, section 3.6.1. */
export function enterTimeWait(connection: ControlBlock): void {
  connection.stack.enterTimeWait(connection);
  stop(connection);
  connection.state = 'time-wait';
  tellClosed(connection);
}

function tellClosed(connection: ControlBlock): void {
  connection.closeDue = true;
  // The end comes first, and that comes when everything is read.
  if (connection.endTold) connection.tell(news.close);
  else if (connection.received.length === 0) connection.tell(news.end);
}

function forgetUser(connection: ControlBlock): void {
  connection.news = 0;
  connection.closeDue = false;
  connection.endTold = true;
  connection.newsAt = Number.POSITIVE_INFINITY;
  connection.timer.clear();
  connection.received.clear();
}

function end(connection: ControlBlock): void {
  connection.stack.release(connection);
  stop(connection);
  connection.state = 'closed';
}

function stop(connection: ControlBlock): void {
  stopSendTimer(connection);
  connection.acknowledgeAt = Number.POSITIVE_INFINITY;
  connection.keepAliveAt = Number.POSITIVE_INFINITY;
  connection.acknowledgeNow = false;
  connection.wantsOutput = false;
  connection.wantsDrain = false;
  connection.reassembly = undefined;
  connection.sender = undefined;
  connection.queue.release(connection.queue.end);
}
