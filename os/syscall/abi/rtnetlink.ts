/** include/uapi/linux/rtnetlink.h, Linux 6.12. */
export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;
export const RTM_GETNEIGH = 30;

/** Groups of `struct sockaddr_nl`. */
export const RTMGRP_LINK = 1;

/** `struct rtmsg`: bytes, then 32-bit flags. */
export const rtmsg = {
  size: 12,
  family: 0,
  destinationLength: 1,
  table: 4,
  protocol: 5,
  scope: 6,
  type: 7,
  flags: 8,
} as const;
export const RTA_DST = 1;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_PRIORITY = 6;
export const RTA_CACHEINFO = 12;
export const RTA_TABLE = 15;

export const RT_TABLE_MAIN = 254;
export const RTPROT_KERNEL = 2;
export const RTPROT_STATIC = 4;
export const RTPROT_RA = 9;
export const RTPROT_DHCP = 16;
export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_LINK = 253;
export const RT_SCOPE_NOWHERE = 255;
export const RTN_UNICAST = 1;
/** An entry of the cache, not a route: RTM_F_CLONED. */
export const RTM_F_CLONED = 0x200;
/** `struct rta_cacheinfo`: 32-bit numbers; `expires` is in hundredths of a second (USER_HZ), 0 is never. */
export const rtaCacheinfo = { expires: 8 } as const;
