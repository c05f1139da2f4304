/** When to look after what was sent: RFC 6298, section 5, and the tail loss probe of RFC 8985, section 7.2. */
import type { ControlBlock, SendTimer } from './control-block.ts';
import type { Sender } from './sender.ts';

/** What a probe allows for the timers of both ends, and for the delay of a lone segment's acknowledgement. Milliseconds. */
const timerSlack = 5;
const acknowledgementDelay = 200;

export function stopSendTimer(connection: ControlBlock): void {
  connection.sendTimer = 'none';
  connection.sendAt = Number.POSITIVE_INFINITY;
}

export function startSendTimer(connection: ControlBlock, what: SendTimer, milliseconds: number): void {
  connection.sendTimer = what;
  connection.sendAt = connection.stack.clock.now + milliseconds;
}

/** After progress, or after sending when no timer runs. */
export function restartSendTimer(connection: ControlBlock, sender: Sender): void {
  const { roundTrip } = connection;
  const { flight } = sender;
  if (flight.empty) {
    if (connection.sendTimer !== 'persist') stopSendTimer(connection);
    return;
  }
  const { timeout, smoothed } = roundTrip;
  if (connection.selective && sender.lossState === 'open' && sender.probeEnd === 0 && smoothed !== undefined) {
    const lone = flight.count === 1 ? acknowledgementDelay : 0;
    const probe = 2 * smoothed + timerSlack + lone;
    if (probe < timeout && flight.sackedBytes === 0 && roundTrip.backOff === 0) {
      startSendTimer(connection, 'probe', probe);
      return;
    }
  }
  startSendTimer(connection, 'retransmit', timeout);
}

/** Something new was sent. */
export function sentSomething(connection: ControlBlock, sender: Sender): void {
  const { sendTimer } = connection;
  if (sendTimer === 'none' || sendTimer === 'persist') restartSendTimer(connection, sender);
  else if (sendTimer === 'probe') {
    const latest = (sender.flight.first?.at ?? 0) + connection.roundTrip.timeout;
    restartSendTimer(connection, sender);
    connection.sendAt = Math.max(connection.stack.clock.now, Math.min(connection.sendAt, latest));
  }
}
