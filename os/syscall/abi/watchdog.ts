/** include/uapi/linux/watchdog.h, Linux 6.12: `_IOWR('W', 6, int)`, seconds in and the seconds granted out. */
export const WDIOC_SETTIMEOUT = 0xc0045706;
