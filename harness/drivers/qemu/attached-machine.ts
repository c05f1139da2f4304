import { connect } from 'node:net';
import type { Deadline } from '../../../host/lib/deadline.ts';
import { Failure, usageFailure } from '../../../host/lib/failure.ts';
import { LabError, type PortForward } from '../../machine/contract.ts';
import { type ClaimRecord, NameClaim } from './claim.ts';
import { visitorMonitorPath, visitorMonitors, visitorSerialPath } from './command-line.ts';
import { isAlive } from './host-process.ts';
import { QemuMachineBase } from './machine.ts';
import { followProcess } from './process.ts';
import { QmpClient, type QmpLog } from './qmp.ts';
import { Run } from './run.ts';
import { FollowedSerialLine } from './serial.ts';

/** A busy monitor accepts the connection but says nothing; a free one greets within a few milliseconds. */
const greetingSeconds = 0.5;

/** A machine that another process started. Disposing of it lets go and leaves the machine as it is. */
export class AttachedMachine extends QemuMachineBase {
  override readonly serial: FollowedSerialLine;
  readonly forwards: readonly PortForward[];
  /** Unknown: the clock of the process that powered it on is not ours. */
  readonly poweredOnAt = undefined;
  readonly #runtime: string;

  private constructor(record: ClaimRecord, runtime: string, serial: FollowedSerialLine, qemuVersion: string) {
    super(record.spec, qemuVersion);
    this.serial = serial;
    this.forwards = record.forwards ?? [];
    this.#runtime = runtime;
  }

  /**
   * Finds a running machine by its name.
   * @throws Failure (usage) when there is none, Failure when all its visitors' monitors are busy.
   */
  static async attach(
    runtime: string,
    name: string,
    qemuVersion: string,
    deadline: Deadline,
  ): Promise<AttachedMachine> {
    const record = await NameClaim.read(runtime, name);
    if (record?.hypervisor === undefined || !(await isAlive(record.hypervisor))) {
      throw usageFailure(`no machine named ${name} is running: start one with "./panos up"`);
    }
    const sockets = `${runtime}/${name}`;
    const serial = await FollowedSerialLine.open(`${record.spec.directory}/serial.log`, visitorSerialPath(sockets));
    const machine = new AttachedMachine(record, runtime, serial, qemuVersion);
    try {
      const qmp = await openMonitor(sockets, name, deadline, machine.logQmp);
      const { running } = await qmp.execute('query-status');
      machine.adopt(new Run(followProcess(record.hypervisor, qmp.closed), qmp, serial, !running));
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
    return machine;
  }

  async start(): Promise<void> {
    throw new LabError(`machine ${this.name} was started by another process; only that one can start it again`);
  }

  override async cutPower(): Promise<void> {
    await super.cutPower();
    await NameClaim.removeStale(this.#runtime, this.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.run?.[Symbol.dispose]();
    await this.serial[Symbol.asyncDispose]();
    await NameClaim.removeStale(this.#runtime, this.name);
    await this.closeLog();
  }
}

async function openMonitor(sockets: string, name: string, deadline: Deadline, log: QmpLog): Promise<QmpClient> {
  for (let index = 0; index < visitorMonitors; index++) {
    const stream = connect(visitorMonitorPath(sockets, index));
    try {
      return await QmpClient.open(stream, deadline.within(greetingSeconds), log);
    } catch {
      // Another visitor is there: the next one may be free.
      stream.destroy();
    }
  }
  throw new Failure(`machine ${name} is busy with ${visitorMonitors} other commands: try again when one has finished`);
}
