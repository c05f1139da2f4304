/**
 * What PID 1 asks of the kernel beyond what Node.js offers. One interface, two implementations: `linux/` and, for
 * tests, `fake/`.
 */
import { errorName } from './abi/errno.ts';

/** A system call failed. `code` is the name of the error (`EBUSY`), as in Node.js's own errors. */
export class SystemCallError extends Error {
  readonly errno: number;
  readonly code: string;
  readonly call: string;

  constructor(call: string, args: readonly unknown[], errno: number) {
    const code = errorName(errno);
    super(`${call}(${args.map((arg) => JSON.stringify(arg)).join(', ')}) failed: ${code}`);
    this.name = 'SystemCallError';
    this.errno = errno;
    this.code = code;
    this.call = call;
  }
}

/** Arguments of mount(2). `flags` are those of `abi/mount.ts`; `data` is the file system's own option string. */
export interface MountRequest {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly flags: number;
  readonly data?: string;
}

/** A child that ended and waits to be reaped. */
export interface Zombie {
  readonly pid: number;
}

/** Every method throws {@link SystemCallError} when the kernel refuses, unless it says otherwise. */
export interface Kernel {
  mount(request: MountRequest): void;
  /** umount2(2); `flags` are those of `abi/mount.ts`. */
  unmount(target: string, flags: number): void;
  /** reboot(2) with a command of `abi/reboot.ts`. The commands that end the machine do not return. */
  reboot(command: number): void;
  /** Writes all dirty pages and waits for the disks. */
  sync(): void;
  /** waitid(2) without reaping: some child that ended, or undefined when there is none. */
  peekZombie(): Zombie | undefined;
  /** Reaps the child `pid`, which ended; says nothing if it is gone already. */
  reap(pid: number): void;
  /**
   * Calls `onReadable` from the event loop while `fd` has something to read (or an error to collect), until disposed.
   * Dispose before closing `fd`.
   */
  watch(fd: number, onReadable: () => void): Disposable;
  /** ioctl(2) whose argument is a buffer that the kernel reads or writes. Returns the call's result. */
  ioctl(fd: number, request: number, argument: ArrayBuffer): number;
  /** Sets CLOCK_REALTIME; milliseconds since 1970. */
  setClock(milliseconds: number): void;
  /** Seconds since boot, CLOCK_BOOTTIME. */
  uptime(): number;
  /**
   * Lets go of the pages of programs and libraries that this process has mapped; those that it uses again come back from
   * the page cache. For when start-up is over: most of what it took is never needed again.
   */
  releaseProgramPages(): void;
}
