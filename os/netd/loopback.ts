import { RouteSocket } from '../net/link/packet/netlink/route-socket.ts';
import type { NetworkKernel } from '../syscall/network.ts';

/**
 * Switches on the kernel's loopback; it gives it 127.0.0.1 and ::1 by itself. The proxy is there, and Chromium's pages.
 * @throws SystemCallError when the kernel refuses
 */
export function raiseLoopback(kernel: NetworkKernel): void {
  const requests = new RouteSocket(kernel);
  try {
    for (const link of requests.links()) {
      if (link.type === 'loopback' && !link.enabled) requests.changeLink(link.index, { enabled: true });
    }
  } finally {
    requests.close();
  }
}
