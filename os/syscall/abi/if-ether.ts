/** include/uapi/linux/if_ether.h, Linux 6.12. */
export const ETH_P_ALL = 0x0003;
export const ETH_ALEN = 6;
