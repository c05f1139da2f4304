/** Values of socket options. */
import { SOL_SOCKET } from '../../../syscall/abi/socket.ts';
import type { SystemCallError } from '../../../syscall/kernel.ts';
import type { NetworkKernel } from '../../../syscall/network.ts';

/** An `int`. */
export const intOption = (value: number): ArrayBuffer => Int32Array.of(value).buffer;

/**
 * Sets the size of a socket's buffer: `force` takes any size and needs the machine's CAP_NET_ADMIN; without it (in a user
 * namespace) `plain` gives what net.core.*mem_max allows.
 */
export function setBuffer(kernel: NetworkKernel, fd: number, force: number, plain: number, bytes: number): void {
  try {
    kernel.setOption(fd, SOL_SOCKET, force, intOption(bytes));
  } catch (error) {
    if ((error as SystemCallError).code !== 'EPERM') throw error;
    kernel.setOption(fd, SOL_SOCKET, plain, intOption(bytes));
  }
}
