import type { Socket } from 'node:net';
import { SO_PEERCRED, SOL_SOCKET } from '../syscall/abi/socket.ts';
import type { NetworkKernel } from '../syscall/network.ts';

/** `struct ucred`: pid, uid and gid, 32 bits each. include/linux/socket.h. */
const credentialsSize = 12;

/** Which process is at the other end of a Unix socket, so that one cannot take what all share. */
export const processOf =
  (kernel: NetworkKernel) =>
  (socket: Socket): number | undefined => {
    // The descriptor is not part of Node.js's documented interface; without it all clients count together.
    const { fd } = (socket as unknown as { _handle?: { fd?: unknown } })._handle ?? {};
    if (typeof fd !== 'number' || fd < 0) return undefined;
    const credentials = new ArrayBuffer(credentialsSize);
    try {
      kernel.getOption(fd, SOL_SOCKET, SO_PEERCRED, credentials);
      return new DataView(credentials).getInt32(0, true);
    } catch {
      return undefined;
    }
  };
