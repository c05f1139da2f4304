/** Commands of reboot(2): include/uapi/linux/reboot.h, Linux 6.12. */
export const LINUX_REBOOT_CMD_RESTART = 0x01234567;
export const LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc;
/** Ctrl+Alt+Delete sends SIGINT to PID 1 instead of restarting at once. */
export const LINUX_REBOOT_CMD_CAD_OFF = 0;
