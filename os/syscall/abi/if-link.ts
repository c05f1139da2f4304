/** `struct ifinfomsg`: include/uapi/linux/rtnetlink.h, Linux 6.12. 8-bit family, 16-bit type, 32-bit numbers. */
export const ifinfomsg = { size: 16, family: 0, type: 2, index: 4, flags: 8, change: 12 } as const;

/** Attributes of a link: include/uapi/linux/if_link.h. */
export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_OPERSTATE = 16;
export const IFLA_LINKINFO = 18;
/** `struct rtnl_link_stats64`, below. */
export const IFLA_STATS64 = 23;
export const IFLA_GSO_MAX_SIZE = 41;
/** In IFLA_LINKINFO: `veth`, `bridge`; hardware has none. */
export const IFLA_INFO_KIND = 1;

/** `ifi_type`: include/uapi/linux/if_arp.h. */
export const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;

/** RFC 2863's states, by number: include/uapi/linux/if.h. */
export const operationalStates = [
  'unknown',
  'notpresent',
  'down',
  'lowerlayerdown',
  'testing',
  'dormant',
  'up',
] as const;

/** Offsets in `struct rtnl_link_stats64`: unsigned 64-bit counters since the interface was made. */
export const linkStatistics = {
  receivedFrames: 0,
  sentFrames: 8,
  receivedBytes: 16,
  sentBytes: 24,
  receivedErrors: 32,
  sentErrors: 40,
  receivedDropped: 48,
  sentDropped: 56,
} as const;
