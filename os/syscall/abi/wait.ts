/** waitid(2): include/uapi/linux/wait.h, Linux 6.12. */
export const P_ALL = 0;
export const WNOHANG = 0x00000001;
export const WEXITED = 0x00000004;
export const WNOWAIT = 0x01000000;

/** `siginfo_t` on x86-64: include/uapi/asm-generic/siginfo.h (`si_errno` and `si_code` stand before the union). */
export const siginfo = { size: 128, pid: 16 } as const;
