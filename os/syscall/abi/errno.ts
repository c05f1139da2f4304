import { getSystemErrorName } from 'node:util';

/** Errors of mounting that libuv has no name for: include/uapi/asm-generic/errno.h, Linux 6.12. */
const more: ReadonlyMap<number, string> = new Map([
  [15, 'ENOTBLK'],
  [117, 'EUCLEAN'],
  [123, 'ENOMEDIUM'],
  [124, 'EMEDIUMTYPE'],
  [126, 'ENOKEY'],
]);

/** `EBUSY` for 16; `errno 999` for a number without a name. */
export function errorName(errno: number): string {
  const name = more.get(errno) ?? getSystemErrorName(-errno);
  return /^E[A-Z0-9]+$/.test(name) ? name : `errno ${errno}`;
}
