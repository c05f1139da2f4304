import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import { type Evidence, ExpectationError } from '../machine/contract.ts';
import { flawedFrames, framesOf } from './flaws.ts';
import type { LabHost } from './host.ts';
import type { LabServer } from './server.ts';

/**
 * The kernel hands frames over in blocks, full ones at once and others after this time (dumpcap's read timeout); a
 * recorder that ends forgets the block that it waits for.
 */
const blockMilliseconds = 250;

/** Everything that passes over some devices, recorded. */
export class Capture implements AsyncDisposable {
  readonly #recorder: LabServer;
  readonly #toolbox: Toolbox;
  readonly path: string;

  private constructor(recorder: LabServer, toolbox: Toolbox, path: string) {
    this.#recorder = recorder;
    this.#toolbox = toolbox;
    this.path = path;
  }

  /** @param toolbox the set `lab` */
  static async start(host: LabHost, devices: readonly string[], toolbox: Toolbox, name = 'capture'): Promise<Capture> {
    const file = 'frames.pcapng';
    const recorder = await host.start({
      name,
      program: 'dumpcap',
      arguments: (directory) => [...devices.flatMap((device) => ['-i', device]), '-q', '-w', join(directory, file)],
      ready: /File: /,
    });
    return new Capture(recorder, toolbox, join(recorder.directory, file));
  }

  /** Ends the recording; what was recorded can be read afterwards. */
  async stop(): Promise<void> {
    if (!this.#recorder.running) return;
    await delay(2 * blockMilliseconds);
    await this.#recorder.stop('SIGINT');
  }

  /**
   * Frames that match one of Wireshark's display filters, one line each, as `fields` of Wireshark or as its summary.
   * Ends the recording.
   */
  async frames(filter: string, fields: readonly string[] = []): Promise<string[]> {
    await this.stop();
    return await framesOf(this.#toolbox, this.path, filter, fields);
  }

  /**
   * Holds every frame that the machine with one of these Ethernet addresses sent to be well-formed, with right checksums.
   * Ends the recording.
   * @throws ExpectationError with the first that are not, or when it sent none
   */
  async expectFlawless(addresses: readonly string[]): Promise<number> {
    const sent = `(${addresses.map((address) => `eth.src == ${address}`).join(' || ')})`;
    await this.stop();
    const flawed = await flawedFrames(this.#toolbox, this.path, sent);
    if (flawed.length > 0) {
      throw new ExpectationError(
        `${flawed.length} frames that the machine sent are not right, among them:\n${flawed.slice(0, 5).join('\n')}`,
      );
    }
    const all = await this.frames(sent, ['frame.number']);
    if (all.length === 0) throw new ExpectationError('the machine sent no frame at all');
    return all.length;
  }

  async evidence(): Promise<Evidence> {
    await this.stop();
    return { name: 'frames', mediaType: 'application/vnd.tcpdump.pcap', path: this.path };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
