/**
 * Carries frames between two interfaces of the running Linux, and does to them what it is told. It is Linux's netem, where
 * the kernel has none, and with the simulator's weather. Frames must come in the length that a wire would carry: the senders
 * may leave checksums to it, but not the cutting.
 */

import { SeededRandom } from '../../net/environment/random.ts';
import { type Conditions, Weather } from '../../net/link/conditions.ts';
import type { Link } from '../../net/link/link.ts';
import { claimInterface } from '../../net/link/packet/claim.ts';
import { openPacketLink } from '../../net/link/packet/packet-link.ts';
import { completeReceived } from '../../net/link/pcapng/completed.ts';
import { type Address, allNodes, isIpv4, solicitedNode } from '../../net/wire/address.ts';
import { multicastMac } from '../../net/wire/mac.ts';
import type { NetworkKernel } from '../../syscall/network.ts';
import { Driver } from '../driver.ts';

export interface BadCable {
  close(): void;
}

interface Frame {
  readonly bytes: Uint8Array;
}

/**
 * @param ends names of the two interfaces; each has the Ethernet address of whoever is at the cable's other end
 * @param conditions of frames from the first end to the second, and of those the other way
 * @param addresses IPv6 addresses of those who are at its ends, so that their neighbours find them
 */
export function layBadCable(
  kernel: NetworkKernel,
  ends: readonly [string, string],
  conditions: readonly [Conditions, Conditions],
  addresses: readonly Address[],
  seed: number,
): BadCable {
  const driver = new Driver((error) => process.emitWarning(error));
  const random = new SeededRandom(seed);
  const groups = new Set(
    [allNodes, ...addresses.filter((address) => !isIpv4(address)).map(solicitedNode)].map(multicastMac),
  );
  const links = ends.map((name): Link => {
    claimInterface(kernel, name);
    return openPacketLink(kernel, name);
  });
  for (const [number, from] of links.entries()) {
    const to = links[1 - number] as Link;
    const weather = new Weather<Frame>(driver.clock, random, conditions[number] ?? {}, ({ bytes }) => {
      const room = to.reserve(bytes.length);
      if (room === undefined) return;
      room.bytes.set(bytes, room.start);
      room.commit(bytes.length);
    });
    from.setGroups(groups);
    from.onFrame = (bytes, start, end, { checksum }) => {
      const frame = bytes.slice(start, end);
      if (checksum === 'verified') completeReceived(frame);
      weather.pass({ bytes: frame }, frame.length);
    };
  }
  for (const link of links) driver.attach(link);
  return {
    close() {
      driver.stop();
      for (const link of links) link.close();
    },
  };
}
