import type { Severity } from '../control/protocol.ts';
import type { Logger } from './log/journal.ts';
import type { SerialSink } from './log/serial.ts';
import type { SupervisorMachine } from './supervisor/machine.ts';

/** When to stop waiting for services that neither come up nor fail (milliseconds). */
const patience = 30_000;

/** Says once that the machine is in service, and then quiets the serial line down. */
export class ReadyAnnouncement {
  readonly #machine: SupervisorMachine;
  readonly #serial: SerialSink;
  readonly #log: Logger;
  #threshold: Severity | undefined;
  #said = false;

  constructor(machine: SupervisorMachine, serial: SerialSink, log: Logger) {
    this.#machine = machine;
    this.#serial = serial;
    this.#log = log;
  }

  /** All services are known now: from here on the announcement may be made. */
  whenUp(threshold: Severity): void {
    this.#threshold = threshold;
    setTimeout(() => this.#say(), patience).unref();
    this.check();
  }

  /** Some service changed its state. */
  check(): void {
    if (this.#threshold !== undefined && this.#machine.settled) this.#say();
  }

  #say(): void {
    if (this.#said || this.#threshold === undefined) return;
    this.#said = true;
    const { services } = this.#machine;
    // A service that did its work and ended is as it should be.
    const up = services.filter(({ state }) => state === 'ready' || state === 'stopped').length;
    if (up === services.length) this.#log.info('ready: all services are up');
    else this.#log.info(`ready: ${up} of ${services.length} services are up`);
    this.#serial.threshold = this.#threshold;
  }
}
