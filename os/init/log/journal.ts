import type { LogRecord, Severity } from '../../control/protocol.ts';
import { Ring } from '../../lib/ring.ts';

/** Records of one unit kept in memory. */
const maxRecords = 2000;
/** Characters of one unit's messages kept in memory, so at worst twice as many bytes. */
const maxCharacters = 128 * 1024;
/** A longer message is cut: no single record may be a burden to those who read the log. */
export const maxMessageLength = 4096;

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2, debug: 3 };

/** Whether `severity` is at least as severe as `threshold`. */
export const atLeast = (severity: Severity, threshold: Severity): boolean => rank[severity] <= rank[threshold];

/** Somewhere that records go: serial line, disk. Must not throw and must not block. */
export interface Sink {
  accept(record: LogRecord): void;
}

export interface Clock {
  /** Seconds since boot. */
  uptime(): number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Which records a reader wants: of one unit, at least this severe, only the newest `limit`. */
export interface Query {
  readonly unit?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly limit?: number | undefined;
}

/** One unit's way to write into the journal. */
export type Logger = Readonly<Record<Severity, (message: string) => void>>;

/**
 * All log records since boot pass through here: they are numbered, kept in memory, and sent to the sinks. The newest
 * are kept unit by unit: one that talks much forgets its own past and nobody else's.
 */
export class Journal {
  readonly #clock: Clock;
  readonly #rings = new Map<string, Ring<LogRecord>>();
  readonly #sinks = new Set<Sink>();
  #sequence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends every record from now on to `sink`, after those still in memory if `withHistory`. */
  addSink(sink: Sink, withHistory = false): void {
    if (withHistory) for (const record of this.read({ limit: Number.POSITIVE_INFINITY })) sink.accept(record);
    this.#sinks.add(sink);
  }

  /** Writes one record. `uptime` is given by sources that keep their own time stamps (the kernel). */
  write(unit: string, severity: Severity, message: string, uptime = this.#clock.uptime()): void {
    const now = this.#clock.now();
    const age = uptime === undefined ? 0 : this.#clock.uptime() - uptime;
    const record: LogRecord = {
      sequence: ++this.#sequence,
      uptime,
      time: new Date(now - age * 1000).toISOString(),
      unit,
      severity,
      message: message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message,
    };
    this.#ringOf(unit).push(record);
    for (const sink of this.#sinks) sink.accept(record);
  }

  for(unit: string): Logger {
    return {
      error: (message) => this.write(unit, 'error', message),
      warning: (message) => this.write(unit, 'warning', message),
      info: (message) => this.write(unit, 'info', message),
      debug: (message) => this.write(unit, 'debug', message),
    };
  }

  /** What a reader wants, in the order in which it was written. */
  read({ unit, severity, limit = 100 }: Query): readonly LogRecord[] {
    const accept = (record: LogRecord) => severity === undefined || atLeast(record.severity, severity);
    if (unit !== undefined) return this.#rings.get(unit)?.newest(limit, accept) ?? [];
    const found = [...this.#rings.values()].flatMap((ring) => ring.newest(limit, accept));
    found.sort((one, other) => one.sequence - other.sequence);
    return found.slice(Math.max(0, found.length - limit));
  }

  #ringOf(unit: string): Ring<LogRecord> {
    let ring = this.#rings.get(unit);
    if (ring === undefined) {
      ring = new Ring(maxRecords, maxCharacters, (record) => record.message.length + 64);
      this.#rings.set(unit, ring);
    }
    return ring;
  }
}
