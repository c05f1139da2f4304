/** Who has an interface: our stack, or the kernel's. */
import { constants } from 'node:os';
import { SystemCallError } from '../../../syscall/kernel.ts';
import type { NetworkKernel } from '../../../syscall/network.ts';
import { RouteSocket } from './netlink/route-socket.ts';

/** Documentation/networking/ip-sysctl.rst, Linux 6.12: what each owner wants of the kernel's IPv6 on the interface. */
const parameters = {
  /** No addresses, no router solicitations; and none when somebody switches it on again. */
  ours: { addr_gen_mode: '1', accept_ra: '0', disable_ipv6: '1' },
  kernels: { addr_gen_mode: '0', accept_ra: '1', disable_ipv6: '0' },
} as const;

/**
 * Takes an interface from the kernel's stack: no IPv6, no addresses, and with them no routes. It is switched on, so that
 * frames flow.
 * @throws SystemCallError ENODEV when there is no such interface, EPERM without CAP_NET_ADMIN
 */
export function claimInterface(kernel: NetworkKernel, name: string): void {
  change(kernel, name, 'ours');
}

/** Gives it back: the kernel has IPv6 on it and listens to routers; there are no addresses yet. Throws like its opposite. */
export function releaseInterface(kernel: NetworkKernel, name: string): void {
  change(kernel, name, 'kernels');
}

function change(kernel: NetworkKernel, name: string, owner: keyof typeof parameters): void {
  const requests = new RouteSocket(kernel);
  try {
    const link = requests.links().find((candidate) => candidate.name === name);
    if (link === undefined) throw new SystemCallError('links', [name], constants.errno.ENODEV);
    // Before it is switched on: otherwise the kernel would introduce itself to the network.
    for (const [parameter, value] of Object.entries(parameters[owner])) {
      kernel.setParameter(`net/ipv6/conf/${name}/${parameter}`, value);
    }
    if (owner === 'ours') flush(requests, link.index);
    requests.changeLink(link.index, { enabled: true });
  } finally {
    requests.close();
  }
}

function flush(requests: RouteSocket, index: number): void {
  for (const { address, prefixLength, ...state } of requests.addresses()) {
    if (state.index !== index) continue;
    try {
      requests.removeAddress(index, address, prefixLength);
    } catch (error) {
      // It is gone already: IPv4's secondary addresses leave with their primary one.
      if ((error as SystemCallError).code !== 'EADDRNOTAVAIL') throw error;
    }
  }
}
