import { readFileSync } from 'node:fs';
import { MADV_DONTNEED } from '../abi/mman.ts';
import { CLOCK_BOOTTIME, CLOCK_REALTIME, timespec } from '../abi/time.ts';
import { P_ALL, siginfo, WEXITED, WNOHANG, WNOWAIT } from '../abi/wait.ts';
import type { Kernel, MountRequest } from '../kernel.ts';
import { checked, libc } from './libc.ts';
import { cleanFileMappings } from './mappings.ts';
import { watch } from './watch.ts';

const info = new DataView(new ArrayBuffer(siginfo.size));
const time = new DataView(new ArrayBuffer(timespec.size));

/** The running Linux kernel, through glibc. */
export const linux: Kernel = {
  mount({ source, target, type, flags, data }: MountRequest): void {
    const result = libc.mount(source, target, type, BigInt(flags), data === undefined ? 0n : data);
    checked('mount', result, source, target, type, flags, data ?? null);
  },

  unmount(target: string, flags: number): void {
    checked('umount2', libc.umount2(target, flags), target, flags);
  },

  reboot(command: number): void {
    checked('reboot', libc.reboot(command | 0), command);
  },

  sync(): void {
    libc.sync();
  },

  peekZombie() {
    info.setInt32(siginfo.pid, 0, true);
    const result = libc.waitid(P_ALL, 0, info.buffer, WEXITED | WNOHANG | WNOWAIT);
    // −1 is ECHILD: there are no children at all.
    const pid = result === -1 ? 0 : info.getInt32(siginfo.pid, true);
    return pid === 0 ? undefined : { pid };
  },

  reap(pid: number): void {
    libc.waitpid(pid, 0n, WNOHANG);
  },

  watch,

  ioctl(fd: number, request: number, argument: ArrayBuffer): number {
    return checked('ioctl', libc.ioctl(fd, BigInt(request), argument), fd, request);
  },

  setClock(milliseconds: number): void {
    time.setBigInt64(timespec.seconds, BigInt(Math.floor(milliseconds / 1000)), true);
    time.setBigInt64(timespec.nanoseconds, BigInt(Math.round(milliseconds % 1000) * 1_000_000), true);
    checked('clock_settime', libc.clock_settime(CLOCK_REALTIME, time.buffer), milliseconds);
  },

  uptime(): number {
    libc.clock_gettime(CLOCK_BOOTTIME, time.buffer);
    const nanoseconds = Number(time.getBigInt64(timespec.nanoseconds, true));
    return Number(time.getBigInt64(timespec.seconds, true)) + nanoseconds / 1e9;
  },

  releaseProgramPages(): void {
    for (const { start, length } of cleanFileMappings(readFileSync('/proc/self/smaps', 'utf8'))) {
      checked('madvise', libc.madvise(start, length, MADV_DONTNEED), 'program', Number(length), 'MADV_DONTNEED');
    }
  },
};
