/** include/uapi/asm-generic/mman-common.h */
export const MADV_DONTNEED = 4;
