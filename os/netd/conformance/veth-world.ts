/** Worlds of our stack and Linux's, on virtual cables in the network namespace that this runs in. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { recordInto } from '../../net/conformance/capture-file.ts';
import type { End, World } from '../../net/conformance/ends.ts';
import { remoteEnd } from '../../net/conformance/linux/remote-end.ts';
import { stackEnd } from '../../net/conformance/stack-end.ts';
import type { Conditions } from '../../net/link/conditions.ts';
import { claimInterface } from '../../net/link/packet/claim.ts';
import { cable, ip, Namespace } from '../../net/link/packet/fixture/veth.ts';
import { openPacketLink } from '../../net/link/packet/packet-link.ts';
import { CapturingLink } from '../../net/link/pcapng/capturing-link.ts';
import { type Address, parseAddress } from '../../net/wire/address.ts';
import { linuxNetwork as kernel } from '../../syscall/linux/network/kernel.ts';
import { layBadCable } from './bad-cable.ts';
import { startLocalStack } from './local-stack.ts';
import { TamperedLink } from './tampered-link.ts';

export interface VethOptions {
  readonly family: 4 | 6;
  /** Whether the cable takes checksums and segmentation over from our stack. */
  readonly offload: boolean;
  /** What happens to frames in each direction. Only without offload. */
  readonly conditions?: Conditions;
  /** There is a router between the two, and frames behind it are that long at most. */
  readonly mtuBehindRouter?: number;
  readonly bulk: number;
  readonly many: number;
}

export interface VethWorld extends World {
  close(): void;
}

const places = {
  4: { ours: '192.0.2.1', theirs: '192.0.2.2', router: '192.0.2.3', nobody: '192.0.2.99', prefixLength: 24 },
  6: { ours: '2001:db8::1', theirs: '2001:db8::2', router: '2001:db8::3', nobody: '2001:db8::99', prefixLength: 64 },
} as const;

/** Behind the router. */
const beyond = {
  4: { theirs: '198.51.100.2', router: '198.51.100.1' },
  6: { theirs: '2001:db8:1::2', router: '2001:db8:1::1' },
} as const;

/** Our interfaces have such addresses, and nobody else: by them captures tell who sent a frame. */
const ourMac = '02:00:00:00:00:01';

/** Everything that was made, and has to be unmade in the opposite order. */
type Undo = (step: () => void) => void;

/** @param name of the capture, if captures are wanted */
export async function vethWorld(name: string, options: VethOptions): Promise<VethWorld> {
  const { family, offload, conditions, mtuBehindRouter, bulk, many } = options;
  const steps: (() => void)[] = [];
  const undo: Undo = (step) => void steps.push(step);
  const place = places[family];
  const { near, linux, theirAddress } =
    mtuBehindRouter === undefined
      ? await direct(family, conditions, undo)
      : await behindRouter(family, mtuBehindRouter, undo);
  ip('link', 'set', near, 'address', ourMac);
  claimInterface(kernel, near);
  const tampered = new TamperedLink(openPacketLink(kernel, near), offload);
  const link = new CapturingLink(tampered);
  undo(recordInto(name, [link], () => performance.timeOrigin + performance.now()));
  const gateway = mtuBehindRouter === undefined ? {} : { gateway: place.router };
  const { stack, tcp, driver, close } = startLocalStack(
    link,
    [{ address: place.ours, prefixLength: place.prefixLength, ...gateway }],
    (error) => process.emitWarning(error),
  );
  undo(close);
  const theirs = await linuxEnd(linux, undo);
  while (!link.up) await delay(10);
  // Neighbours are asked and answer once both addresses are proven.
  const ours = stackEnd({ stack, tcp, turn: (work) => driver.turn(work) });
  for (let tries = 0; tries < 20 && !(await ours.ping(theirAddress, 56)); tries++) await delay(100);
  return {
    ours,
    theirs,
    ourAddress: place.ours,
    theirAddress,
    nobody: place.nobody,
    pass: (milliseconds) => delay(milliseconds),
    cut: (isCut) => {
      tampered.isCut = isCut;
    },
    bulk,
    many,
    close() {
      for (const step of steps.splice(0).reverse()) step();
    },
  };
}

async function direct(family: 4 | 6, conditions: Conditions | undefined, undo: Undo) {
  const { theirs, ours, prefixLength } = places[family];
  const linux = await namespace(undo);
  const first = cable();
  undo(first.remove);
  if (conditions === undefined) {
    linux.take(first.b, [`${theirs}/${prefixLength}`]);
    return { near: first.a, linux, theirAddress: theirs };
  }
  const second = cable();
  undo(second.remove);
  linux.take(second.b, [`${theirs}/${prefixLength}`]);
  // Frames on the cable are as long as they would be on a wire.
  linux.ip('link', 'set', second.b, 'gso_max_segs', '1');
  // The cable takes only frames for its own ends, so they have the addresses of those who are beyond.
  ip('link', 'set', second.a, 'address', ourMac);
  ip('link', 'set', first.b, 'address', linux.macOf(second.b));
  const addresses = [ours, theirs].map(parseAddress).filter((address): address is Address => address !== undefined);
  const laid = layBadCable(kernel, [first.b, second.a], [conditions, conditions], addresses, 1);
  undo(() => laid.close());
  return { near: first.a, linux, theirAddress: theirs };
}

async function behindRouter(family: 4 | 6, mtu: number, undo: Undo) {
  const { router, prefixLength } = places[family];
  const far = beyond[family];
  const between = await namespace(undo);
  const linux = await namespace(undo);
  const [first, second] = [cable(), cable()];
  undo(first.remove);
  undo(second.remove);
  between.take(first.b, [`${router}/${prefixLength}`]);
  between.take(second.a, [`${far.router}/${prefixLength}`]);
  between.set(family === 4 ? 'net/ipv4/ip_forward' : 'net/ipv6/conf/all/forwarding', '1');
  between.ip('link', 'set', second.a, 'mtu', String(mtu));
  linux.take(second.b, [`${far.theirs}/${prefixLength}`]);
  linux.ip('link', 'set', second.b, 'mtu', String(mtu));
  linux.ip('route', 'add', 'default', 'via', far.router);
  return { near: first.a, linux, theirAddress: far.theirs };
}

async function namespace(undo: Undo): Promise<Namespace> {
  const made = await Namespace.make();
  undo(() => made.close());
  return made;
}

async function linuxEnd(linux: Namespace, undo: Undo): Promise<End> {
  const main = fileURLToPath(new URL('../../net/conformance/linux/main.ts', import.meta.url));
  const child = spawn('nsenter', [...linux.enter, process.execPath, '--disable-warning=ExperimentalWarning', main], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  undo(() => child.kill('SIGKILL'));
  return await remoteEnd(child);
}
