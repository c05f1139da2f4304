/** When a batch is over or a timer has expired: tell the user, send, acknowledge, set the timer. */
import { abort, failure } from './closing.ts';
import { type ControlBlock, news, noEvents } from './control-block.ts';
import { sendAcknowledgement } from './emit.ts';
import { keepAliveExpired } from './keep-alive.ts';
import { output } from './output.ts';
import { sendTimerExpired } from './retransmission.ts';

const never = Number.POSITIVE_INFINITY;

/**
 * Brings a connection to rest. The user comes first, so that what is written in answer carries the acknowledgement. Without
 * `tellUser` news waits for the timer: a method of the user's is on the stack, and must not be surprised.
 */
export function settle(connection: ControlBlock, tellUser: boolean): void {
  connection.touched = false;
  if (connection.news !== 0) {
    if (tellUser) deliver(connection);
    else if (!connection.delivering) connection.newsAt = connection.stack.clock.now;
  }
  if (connection.wantsOutput) output(connection);
  if (connection.acknowledgeNow) sendAcknowledgement(connection);
  setTimer(connection);
}

/** Does what is due. */
export function timerExpired(connection: ControlBlock): void {
  const { now } = connection.stack.clock;
  if (connection.newsAt <= now) connection.newsAt = never;
  if (connection.acknowledgeAt <= now) {
    // A pause: whoever comes next is not in the middle of a stream.
    connection.acknowledgeAt = never;
    connection.acknowledgeNow = true;
  }
  if (connection.sendAt <= now) sendTimerExpired(connection);
  if (connection.keepAliveAt <= now) keepAliveExpired(connection);
  settle(connection, true);
}

/**
 * One timer, for the earliest of several deadlines. A distant deadline is approached in steps as long as the connection has
 * been silent: a clock keeps an entry for every deadline that was moved to an earlier time until it has passed.
 */
function setTimer(connection: ControlBlock): void {
  const { timer } = connection;
  const deadline = Math.min(connection.sendAt, connection.acknowledgeAt, connection.keepAliveAt, connection.newsAt);
  if (deadline === never) {
    if (timer.deadline !== never) timer.clear();
    return;
  }
  const { now } = connection.stack.clock;
  const step = Math.max(1000, now - connection.receivedAt);
  const at = deadline - now > step ? now + step : deadline;
  if (timer.deadline !== at) timer.setAt(at);
}

function deliver(connection: ControlBlock): void {
  if (connection.delivering) return;
  connection.delivering = true;
  while (connection.news !== 0) {
    const item = connection.news & -connection.news;
    connection.news &= ~item;
    try {
      tell(connection, item);
    } catch (error) {
      connection.stack.tally.callbackFailures++;
      abort(connection);
      connection.stack.callbackFailed(error);
    }
  }
  connection.delivering = false;
}

function tell(connection: ControlBlock, item: number): void {
  const { events } = connection;
  if (item === news.accept) accept(connection);
  else if (item === news.connect) events.onConnect?.();
  else if (item === news.data) {
    if (connection.received.length > 0) events.onData?.();
  } else if (item === news.drain) events.onDrain?.();
  else if (item === news.end) {
    if (connection.endTold || connection.received.length > 0) return;
    connection.endTold = true;
    // A close that waited for the end.
    if (connection.closeDue) connection.news |= news.close;
    if (connection.finReceived) events.onEnd?.();
  } else {
    connection.closeDue = false;
    if (connection.failure === undefined) events.onClose?.();
    else events.onClose?.(connection.failure);
  }
}

function accept(connection: ControlBlock): void {
  const { listener, user } = connection;
  connection.listener = undefined;
  if (listener === undefined || user === undefined || !listener.open) {
    abort(connection);
    return;
  }
  listener.onConnection(user);
  if (connection.events !== noEvents) return;
  connection.failure = failure(connection, 'ECONNABORTED');
  abort(connection);
}
