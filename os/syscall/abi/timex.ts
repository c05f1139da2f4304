/** include/uapi/linux/timex.h, x86-64: adjtimex(2). */
export const timex = { size: 208, modes: 0, offset: 8 } as const;
/** As adjtime(3): the clock runs 0.05 % faster or slower until `offset` microseconds are made good. */
export const ADJ_OFFSET_SINGLESHOT = 0x8001;
