/** include/uapi/asm-generic/mman-common.h and include/uapi/linux/mman.h, Linux 6.12. */
export const MADV_DONTNEED = 4;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
