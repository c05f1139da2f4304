import { constants } from 'node:os';
import { NETLINK_ROUTE, sockaddrNl } from '../../../../syscall/abi/netlink.ts';
import { RTM_DELLINK, RTM_NEWLINK, RTMGRP_LINK } from '../../../../syscall/abi/rtnetlink.ts';
import { AF_NETLINK, SOCK_RAW } from '../../../../syscall/abi/socket.ts';
import type { NetworkKernel } from '../../../../syscall/network.ts';
import { type LinkState, readLink } from './link-state.ts';
import { type Message, readMessages } from './message.ts';
import { RouteSocket } from './route-socket.ts';

const bufferSize = 64 * 1024;
/** Messages that are read before other work gets its turn. */
const slice = 64;

/**
 * Tells of all interfaces: of those that are there before this returns, later of every new one and of every change, from
 * the event loop. Changes of counters alone are none.
 * @param onGone the interface was deleted, or taken to another namespace
 * @throws SystemCallError when the kernel does not have NETLINK_ROUTE
 */
export function watchLinks(
  kernel: NetworkKernel,
  onLink: (link: LinkState) => void,
  onGone: (link: LinkState) => void,
): Disposable {
  const known = new Map<number, LinkState>();
  let open = true;

  const learn = (link: LinkState): void => {
    const before = known.get(link.index);
    known.set(link.index, link);
    if (before === undefined || changed(before, link)) onLink(link);
  };
  const forget = (index: number): void => {
    const before = known.get(index);
    if (before !== undefined && known.delete(index)) onGone(before);
  };
  const list = (): void => {
    const requests = new RouteSocket(kernel);
    try {
      const links = requests.links();
      const indices = new Set(links.map(({ index }) => index));
      for (const index of [...known.keys()]) if (!indices.has(index)) forget(index);
      for (const link of links) if (open) learn(link);
    } finally {
      requests.close();
    }
  };
  const take = ({ type, body }: Message): void => {
    const link = type === RTM_NEWLINK || type === RTM_DELLINK ? readLink(body) : undefined;
    if (link === undefined || !open) return;
    if (type === RTM_NEWLINK) learn(link);
    else forget(link.index);
  };

  const fd = kernel.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  const buffer = new ArrayBuffer(bufferSize);
  const read = (): void => {
    for (let count = 0; open && count < slice; count++) {
      const length = kernel.receive(fd, buffer);
      if (length === -constants.errno.EAGAIN) return;
      // ENOBUFS: events were lost. What they said is asked for instead; what came since is told twice, which does no harm.
      if (length < 0 || length > bufferSize) {
        list();
        return;
      }
      for (const message of readMessages(new Uint8Array(buffer, 0, length))) take(message);
    }
  };

  let watch: Disposable | undefined;
  const close = (): void => {
    if (!open) return;
    open = false;
    watch?.[Symbol.dispose]();
    kernel.close(fd);
  };
  try {
    const address = new DataView(new ArrayBuffer(sockaddrNl.size));
    address.setUint16(sockaddrNl.family, AF_NETLINK, true);
    address.setUint32(sockaddrNl.groups, RTMGRP_LINK, true);
    kernel.bind(fd, address.buffer);
    watch = kernel.watch(fd, read);
    // After binding, so that nothing falls between the list and the events.
    list();
  } catch (error) {
    close();
    throw error;
  }
  return { [Symbol.dispose]: close };
}

/** Whether something else than a counter is different. */
function changed(before: LinkState, now: LinkState): boolean {
  return (Object.keys(now) as (keyof LinkState)[]).some((key) => key !== 'statistics' && before[key] !== now[key]);
}
