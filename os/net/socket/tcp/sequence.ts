/**
 * Sequence numbers: RFC 9293, section 3.4. On the wire they are 32 bits and wrap. Inside, a connection counts *positions*:
 * 0 is its SYN, 1 the first byte of data, and so on without end, so that they are compared as plain numbers. Positions and
 * sequence numbers meet only in this file's functions.
 */

/** The sequence number of a position; `initial` is the sequence number of the SYN. */
export const wrap = (initial: number, position: number): number => (initial + position) >>> 0;

/** The position that a sequence number means: of all that have this number, the one nearest to `near`. May be negative. */
export const unwrap = (initial: number, sequence: number, near: number): number =>
  near + ((sequence - initial - near) | 0);

/** Whether `a` comes before `b` in the circle of 32-bit numbers: sequence numbers, and timestamps (RFC 7323, section 5.2). */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
