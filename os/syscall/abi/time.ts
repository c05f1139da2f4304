/** Clocks: include/uapi/linux/time.h, Linux 6.12. */
export const CLOCK_REALTIME = 0;
export const CLOCK_BOOTTIME = 7;

/** `struct __kernel_timespec`: include/uapi/linux/time_types.h; both fields are signed 64-bit. */
export const timespec = { size: 16, seconds: 0, nanoseconds: 8 } as const;
