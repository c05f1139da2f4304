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
  /** There are two routers between the ends, and the cable between those has this MTU. */
  readonly narrow?: number;
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

/** Behind the router, and between it and the next one. */
const beyond = {
  4: { theirs: '198.51.100.2', router: '198.51.100.1', between: ['203.0.113.1', '203.0.113.2'] },
  6: { theirs: '2001:db8:1::2', router: '2001:db8:1::1', between: ['2001:db8:2::1', '2001:db8:2::2'] },
} as const;

/** Our interfaces have such addresses, and nobody else: by them captures tell who sent a frame. */
const ourMac = '02:00:00:00:00:01';

/** Everything that was made, and has to be unmade in the opposite order. */
type Undo = (step: () => void) => void;

/** @param name of the capture, if captures are wanted */
export async function vethWorld(name: string, options: VethOptions): Promise<VethWorld> {
  const { family, offload, conditions, narrow, bulk, many } = options;
  const steps: (() => void)[] = [];
  const undo: Undo = (step) => void steps.push(step);
  const place = places[family];
  const { near, linux, theirAddress } =
    narrow === undefined ? await direct(family, conditions, undo) : await behindRouters(family, narrow, undo);
  ip('link', 'set', near, 'address', ourMac);
  claimInterface(kernel, near);
  const tampered = new TamperedLink(openPacketLink(kernel, near), offload);
  const link = new CapturingLink(tampered);
  undo(recordInto(name, [link], () => performance.timeOrigin + performance.now()));
  const gateway = narrow === undefined ? {} : { gateway: place.router };
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

/** Two routers, and between them a cable that takes short frames only: each end must be told by the router at its side. */
async function behindRouters(family: 4 | 6, mtu: number, undo: Undo) {
  const { ours, router, prefixLength } = places[family];
  const far = beyond[family];
  const [nearer, farther, linux] = [await namespace(undo), await namespace(undo), await namespace(undo)];
  const [first, middle, last] = [cable(), cable(), cable()];
  for (const { remove } of [first, middle, last]) undo(remove);
  nearer.take(first.b, [`${router}/${prefixLength}`]);
  nearer.take(middle.a, [`${far.between[0]}/${prefixLength}`]);
  farther.take(middle.b, [`${far.between[1]}/${prefixLength}`]);
  farther.take(last.a, [`${far.router}/${prefixLength}`]);
  linux.take(last.b, [`${far.theirs}/${prefixLength}`]);
  nearer.ip('link', 'set', middle.a, 'mtu', String(mtu));
  farther.ip('link', 'set', middle.b, 'mtu', String(mtu));
  for (const one of [nearer, farther]) {
    one.set(family === 4 ? 'net/ipv4/ip_forward' : 'net/ipv6/conf/all/forwarding', '1');
  }
  nearer.ip('route', 'add', far.theirs, 'via', far.between[1]);
  farther.ip('route', 'add', ours, 'via', far.between[0]);
  linux.ip('route', 'add', 'default', 'via', far.router);
  return { near: first.a, linux, theirAddress: far.theirs };
}

async function namespace(undo: Undo): Promise<Namespace> {
  const made = await Namespace.make();
  undo(() => made.close());
  return made;
}

async function linuxEnd(linux: Namespace, undo: Undo): Promise<End> {
  // A cookie of Linux is also read from a segment that overtook the first (the difference passes for another MSS), and
  // then the first one's data is lost without a word: net/ipv4/syncookies.c, check_tcp_syn_cookie.
  linux.set('net/ipv4/tcp_syncookies', '0');
  const main = fileURLToPath(new URL('../../net/conformance/linux/main.ts', import.meta.url));
  const child = spawn('nsenter', [...linux.enter, process.execPath, '--disable-warning=ExperimentalWarning', main], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  undo(() => child.kill('SIGKILL'));
  return await remoteEnd(child);
}
