/** Probes of a silent connection: RFC 9293, section 3.8.4. */
import { fail, failure } from './closing.ts';
import type { ControlBlock } from './control-block.ts';
import { emit } from './emit.ts';

/** Begins to watch, or stops, as the options say. */
export function watchSilence(connection: ControlBlock): void {
  const { keepAlive } = connection;
  connection.keepAliveProbes = 0;
  connection.keepAliveAt = keepAlive === undefined ? Number.POSITIVE_INFINITY : connection.receivedAt + keepAlive.idle;
}

/** The deadline was set long ago: only now is it seen whether there has been silence. */
export function keepAliveExpired(connection: ControlBlock): void {
  const { keepAlive, stack } = connection;
  connection.keepAliveAt = Number.POSITIVE_INFINITY;
  if (keepAlive === undefined || connection.state === 'closed') return;
  const { now } = stack.clock;
  const due = connection.receivedAt + keepAlive.idle;
  if (due > now) {
    connection.keepAliveProbes = 0;
    connection.keepAliveAt = due;
    return;
  }
  if (connection.keepAliveProbes >= keepAlive.probes) {
    fail(connection, connection.softError ?? failure(connection, 'ETIMEDOUT'));
    return;
  }
  // Data on the way is a probe by itself, and has its own time-out.
  if (connection.unacknowledged === connection.next) {
    connection.keepAliveProbes++;
    stack.tally.keepAliveProbes++;
    emit(connection, connection.unacknowledged - 1, 0, 0);
  }
  connection.keepAliveAt = now + keepAlive.interval;
}
