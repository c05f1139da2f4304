/** `net_device_flags`: include/uapi/linux/if.h, Linux 6.12. */
export const IFF_UP = 1 << 0;
export const IFF_LOOPBACK = 1 << 3;
/** The driver signals a carrier (RFC 2863's OPER_UP is the user's view of it: `IFF_RUNNING`). */
export const IFF_LOWER_UP = 1 << 16;

/** Longest name of an interface with its zero: IFNAMSIZ. */
export const IFNAMSIZ = 16;
/** `struct ifreq` whose union holds a pointer. */
export const ifreq = { size: 40, name: 0, data: 16 } as const;
