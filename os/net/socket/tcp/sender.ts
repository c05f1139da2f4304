/** What a connection needs only once it has sent something: the scoreboard, the congestion window, the state of recovery. */
import { Cubic, type Decrease, initialWindow } from './congestion/cubic.ts';
import { Flight } from './flight.ts';
import { Rack } from './rack.ts';

/** How the sender stands to loss. `recovery`: RFC 6675, RFC 6582; `loss`: after a time-out, RFC 5681, section 3.1. */
export type LossState = 'open' | 'recovery' | 'loss';

export class Sender {
  readonly flight = new Flight();
  readonly congestion: Cubic;
  readonly rack = new Rack();
  lossState: LossState = 'open';
  /** Recovery ends when everything before this position is acknowledged. */
  recoverPoint = 0;
  /** Acknowledgements in a row that say nothing new, from a peer without selective acknowledgement. */
  duplicates = 0;
  /** Proportional rate reduction: RFC 6937. Bytes. */
  reductionFrom = 0;
  reductionDelivered = 0;
  reductionSent = 0;
  /** What the last decrease changed, and the timestamp of the first retransmission after it (RFC 3522). */
  undo: Decrease | undefined;
  undoStamp = 0;
  /** The window, not the application or the peer, was what stopped the last sending. */
  windowLimited = false;
  /** The most that was on the way since the window was last full. */
  pipePeak = 0;
  /** A tail loss probe is on the way: the position behind it; 0: none. RFC 8985, section 7. */
  probeEnd = 0;
  probeWasRepeat = false;
  /** When the last acknowledgement brought progress, or sending began after a pause. For the user time-out. */
  progressAt = 0;
  /** When something was sent last. */
  sentAt: number;

  constructor(segment: number, now: number, synRepeated: boolean) {
    // RFC 5681, section 3.1: a lost SYN says that the path is full.
    this.congestion = new Cubic(segment, synRepeated ? segment : initialWindow(segment));
    this.sentAt = now;
    this.progressAt = now;
  }

  /** Bytes believed to be on the way; without selective acknowledgement each duplicate tells of a segment that arrived. */
  pipe(segment: number): number {
    return Math.max(0, this.flight.pipe - this.duplicates * segment);
  }
}
