/** include/uapi/linux/sockios.h, Linux 6.12. */
export const SIOCETHTOOL = 0x8946;

/** `struct ethtool_value`: 32-bit command and value. include/uapi/linux/ethtool.h, Linux 6.12. */
export const ethtoolValue = { size: 8, command: 0, value: 4 } as const;

/** Commands that ask for and set what a device takes off the processor, by the name that ethtool(8) gives it. */
export const ethtoolFeatures = {
  /** Checksums of received frames are checked. */
  'rx-checksum': { get: 0x14, set: 0x15 },
  /** Checksums of sent frames are completed. */
  'tx-checksum': { get: 0x16, set: 0x17 },
  'scatter-gather': { get: 0x18, set: 0x19 },
  /** The device cuts TCP's super-frames into segments. */
  tso: { get: 0x1e, set: 0x1f },
  /** The kernel hands super-frames on and cuts them before the device. */
  gso: { get: 0x23, set: 0x24 },
  /** The kernel puts received segments together. */
  gro: { get: 0x2b, set: 0x2c },
} as const;
