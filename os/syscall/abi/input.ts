/** `struct input_event` on x86-64: include/uapi/linux/input.h, Linux 6.12. */
export const inputEvent = { size: 24, type: 16, code: 18, value: 20 } as const;

/** include/uapi/linux/input-event-codes.h */
export const EV_KEY = 1;
export const KEY_POWER = 116;
/** `value` of a key that went down (0: up, 2: repeats). */
export const KEY_DOWN = 1;
