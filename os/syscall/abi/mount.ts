/** Flags of mount(2) and umount2(2): include/uapi/linux/mount.h and include/linux/fs.h, Linux 6.12. */
export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REMOUNT = 32;

/** Detach now, clean up when no longer busy: include/linux/fs.h. */
export const MNT_DETACH = 2;
