/** include/uapi/linux/netlink.h, Linux 6.12. Numbers are in the machine's order. */
export const NETLINK_ROUTE = 0;

/** `struct sockaddr_nl`: 16-bit family, 32-bit port and groups. */
export const sockaddrNl = { size: 12, family: 0, port: 4, groups: 8 } as const;

/** `struct nlmsghdr`: 32-bit length with this header, 16-bit type and flags, 32-bit sequence and port. */
export const nlmsghdr = { size: 16, length: 0, type: 4, flags: 6, sequence: 8, port: 12 } as const;
/** `struct nlattr`: 16-bit length with this header, and type. */
export const nlattr = { size: 4, length: 0, type: 2 } as const;
/** NLMSG_ALIGNTO and NLA_ALIGNTO */
export const NETLINK_ALIGNMENT = 4;
/** Attributes have two flags above their type. */
export const NLA_TYPE_MASK = 0x3fff;
export const NLA_F_NESTED = 0x8000;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
/** A dump was disturbed by a change and may be inconsistent. */
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_CREATE = 0x400;
