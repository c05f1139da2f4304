import type { Kernel } from '../syscall/kernel.ts';

/** Who has children of its own that libuv reaps. */
export interface ChildOwner {
  owns(pid: number): boolean;
}

/** How long libuv may take to collect a child of its own before it is looked at again (milliseconds). */
const patience = 20;

/**
 * Reaps the orphans that the kernel gives to PID 1, beside libuv, which waits for its own children by their ids. The
 * kernel shows one zombie at a time: if that is libuv's, the next look comes after libuv had its turn.
 */
export function reapOrphans(kernel: Kernel, owner: ChildOwner): void {
  let again: NodeJS.Timeout | undefined;
  const reap = () => {
    again = undefined;
    for (let zombie = kernel.peekZombie(); zombie !== undefined; zombie = kernel.peekZombie()) {
      if (owner.owns(zombie.pid)) {
        again = setTimeout(reap, patience);
        return;
      }
      kernel.reap(zombie.pid);
    }
  };
  // Not at once: libuv's own handler for the same signal may come after this one.
  process.on('SIGCHLD', () => setImmediate(() => again ?? reap()));
  reap();
}
