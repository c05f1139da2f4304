/** A configured host of ours at one end of a virtual cable, and Linux with its programs at the other. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createHost } from '../../net/host/create-host.ts';
import type { Host } from '../../net/host/host.ts';
import { claimInterface } from '../../net/link/packet/claim.ts';
import { cable, Namespace } from '../../net/link/packet/fixture/veth.ts';
import { openPacketLink } from '../../net/link/packet/packet-link.ts';
import { defaultInterface, defaultNet, type InterfaceSettings } from '../../settings/net.ts';
import { linuxNetwork as kernel } from '../../syscall/linux/network/kernel.ts';
import { Driver } from '../driver.ts';
import { systemRandom } from '../system-random.ts';

export const ours = { ipv4: '192.0.2.1', ipv6: '2001:db8::1' } as const;
const theirs = ['192.0.2.2/24', '2001:db8::2/64', 'fe80::2/64'] as const;

export interface HostOnCable {
  readonly host: Host;
  /** Its link-local address. */
  readonly linkLocal: string;
  /** Linux's name of its end. */
  readonly device: string;
  /** What went wrong in the stack. */
  readonly defects: Error[];
  /** Does something with the host. */
  turn<T>(work: () => T): T;
  /** Runs a program of Linux's end. @returns what it printed, whatever its exit status is; it is ended after `seconds`. */
  run(seconds: number, program: string, ...words: string[]): Promise<string>;
  /** Whether the host answers Linux, by both families. */
  alive(): Promise<boolean>;
  close(): void;
}

const execute = promisify(execFile);

export async function hostOnCable(settings: Partial<InterfaceSettings> = {}): Promise<HostOnCable> {
  const { a, b, remove } = cable();
  const linux = await Namespace.make();
  linux.take(b, theirs);
  claimInterface(kernel, a);
  const link = openPacketLink(kernel, a);
  const defects: Error[] = [];
  const driver = new Driver((error) => defects.push(error));
  const memory = new Map<string, unknown>();
  const host = createHost({
    clock: driver.clock,
    random: systemRandom,
    wallClock: () => undefined,
    log: () => {},
    memory: { recall: (key) => memory.get(key), remember: (key, value) => memory.set(key, value) },
  });
  const fixed = {
    ipv4: { method: 'static', address: `${ours.ipv4}/24`, gateway: '192.0.2.2' },
    ipv6: { method: 'static', address: `${ours.ipv6}/64`, gateway: null },
  } as const;
  driver.turn(() => {
    host.configure(
      { ...defaultNet, mdns: false, interfaces: { '*': { ...defaultInterface, ...fixed, ...settings } } },
      'box',
    );
    host.addLink(link);
  });
  driver.attach(link);
  const state = (family: 4 | 6) =>
    driver.turn(() => host.status()).interfaces[0]?.addresses.find((each) => each.family === family)?.state;
  const linkLocal = driver
    .turn(() => host.status())
    .interfaces[0]?.addresses.find(({ address }) => address.startsWith('fe80'));
  while (state(4) !== 'preferred' || state(6) !== 'preferred') await delay(50);
  const run: HostOnCable['run'] = async (seconds, program, ...words) => {
    const options = { timeout: seconds * 1000, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 } as const;
    return execute('nsenter', [...linux.enter, program, ...words], options).then(
      ({ stdout, stderr }) => stdout + stderr,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
    );
  };
  return {
    host,
    linkLocal: linkLocal?.address ?? '',
    device: b,
    defects,
    turn: (work) => driver.turn(work),
    run,
    async alive() {
      for (const address of [ours.ipv4, `${linkLocal?.address}%${b}`]) {
        const said = await run(10, 'ping', '-c', '3', '-i', '0.2', '-W', '2', address);
        if (!/[123] received/.test(said)) return false;
      }
      return true;
    },
    close() {
      driver.stop();
      link.close();
      linux.close();
      remove();
    },
  };
}
