/** `struct ifaddrmsg`: include/uapi/linux/if_addr.h, Linux 6.12. Bytes, then the 32-bit index. */
export const ifaddrmsg = { size: 8, family: 0, prefixLength: 1, flags: 2, scope: 3, index: 4 } as const;

/** On a point-to-point link IFA_ADDRESS is the other end's; IFA_LOCAL is always ours, and missing for IPv6. */
export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;
export const IFA_BROADCAST = 4;
export const IFA_CACHEINFO = 6;
export const IFA_FLAGS = 8;

export const IFA_F_DADFAILED = 0x08;
export const IFA_F_DEPRECATED = 0x20;
export const IFA_F_TENTATIVE = 0x40;
export const IFA_F_PERMANENT = 0x80;

/** `struct ifa_cacheinfo`: 32-bit seconds; 2^32 − 1 is for ever. */
export const ifaCacheinfo = { preferred: 0, valid: 4 } as const;
