import { dlopen, getInt32 } from 'node:ffi';
import { SystemCallError } from '../kernel.ts';

/**
 * The process image itself: node exports libuv and is linked to glibc, so one handle reaches both. Opened once, when
 * this module is loaded.
 */
export const { lib: image, functions: libc } = dlopen(null, {
  __errno_location: { arguments: [], return: 'pointer' },
  mount: { arguments: ['string', 'string', 'string', 'u64', 'pointer'], return: 'i32' },
  umount2: { arguments: ['string', 'i32'], return: 'i32' },
  reboot: { arguments: ['i32'], return: 'i32' },
  sync: { arguments: [], return: 'void' },
  waitid: { arguments: ['i32', 'u32', 'pointer', 'i32'], return: 'i32' },
  waitpid: { arguments: ['i32', 'pointer', 'i32'], return: 'i32' },
  ioctl: { arguments: ['i32', 'u64', 'pointer'], return: 'i32' },
  madvise: { arguments: ['pointer', 'u64', 'i32'], return: 'i32' },
  clock_gettime: { arguments: ['i32', 'pointer'], return: 'i32' },
  clock_settime: { arguments: ['i32', 'pointer'], return: 'i32' },
  uv_handle_size: { arguments: ['i32'], return: 'u64' },
  uv_poll_init: { arguments: ['pointer', 'pointer', 'i32'], return: 'i32' },
  uv_poll_start: { arguments: ['pointer', 'i32', 'pointer'], return: 'i32' },
  uv_close: { arguments: ['pointer', 'pointer'], return: 'void' },
});

/** errno is per thread, and this thread stays the same: its address is asked for once. */
const errnoAddress = libc.__errno_location();

/** This thread's errno; read directly after the call that failed. */
export const errno = (): number => getInt32(errnoAddress);

/**
 * Passes the result of a libc call on.
 * @throws SystemCallError with this thread's errno if the result is −1.
 */
export function checked(call: string, result: number, ...args: readonly unknown[]): number {
  if (result === -1) throw new SystemCallError(call, args, errno());
  return result;
}
