import type { Deadline } from '../../../host/lib/deadline.ts';
import type { SerialLine, StopReason } from '../../machine/contract.ts';
import type { HypervisorProcess } from './process.ts';
import type { QmpClient, QmpEvent } from './qmp.ts';

/** The kernel's last words, for guests without a panic device. */
const panicWords = 'Kernel panic - not syncing';

/** One life of a machine, from power-on to the end of its QEMU process. */
export class Run implements Disposable {
  readonly process: HypervisorProcess;
  readonly qmp: QmpClient;
  /** Resolves with the reason when the process is gone. */
  readonly ended: Promise<StopReason>;
  #paused = true;
  #cut = false;
  #shutdownByGuest = false;
  #panicked = Promise.withResolvers<'guest-panic'>();
  readonly #subscriptions = new DisposableStack();

  constructor(process: HypervisorProcess, qmp: QmpClient, serial: SerialLine, paused: boolean) {
    this.process = process;
    this.qmp = qmp;
    this.#paused = paused;
    this.#subscriptions.use(qmp.onEvent((event) => this.#note(event)));
    this.#subscriptions.use(this.#watchForPanic(serial));
    this.ended = process.exited.then(() => {
      this[Symbol.dispose]();
      if (this.#shutdownByGuest) return 'guest-shutdown';
      return this.#cut ? 'power-cut' : 'crashed';
    });
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Ends the process as a failing mains supply would. */
  async cut(): Promise<void> {
    this.#cut = true;
    await this.process.kill();
    await this.ended;
  }

  /** Resolves when the guest runs no longer: the process ended, or the kernel panicked. */
  async stopped(deadline: Deadline, name: string): Promise<StopReason> {
    return await deadline.race(Promise.race([this.ended, this.#panicked.promise]), `the end of machine ${name}`);
  }

  [Symbol.dispose](): void {
    this.#subscriptions.dispose();
    this.qmp.close();
  }

  #note({ event, data }: QmpEvent): void {
    if (event === 'STOP') this.#paused = true;
    if (event === 'RESUME') this.#paused = false;
    if (event === 'SHUTDOWN' && data['guest'] === true) this.#shutdownByGuest = true;
    if (event === 'GUEST_PANICKED') this.#panicked.resolve('guest-panic');
    // A machine that reboots after its panic lives again.
    if (event === 'RESET') this.#panicked = Promise.withResolvers();
  }

  #watchForPanic(serial: SerialLine): Disposable {
    let tail = '';
    return serial.onData((text) => {
      const window = tail + text;
      if (window.includes(panicWords)) {
        this.#panicked.resolve('guest-panic');
        tail = '';
      } else {
        tail = window.slice(1 - panicWords.length);
      }
    });
  }
}
