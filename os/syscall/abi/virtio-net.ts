/**
 * `struct virtio_net_hdr`: include/uapi/linux/virtio_net.h, Linux 6.12. Flags and kind of segmentation are 8-bit, the rest
 * is 16-bit in the machine's order. Offsets of the checksum count from the start of the frame.
 */
export const virtioNet = {
  size: 10,
  flags: 0,
  segmentation: 1,
  headerLength: 2,
  segmentSize: 4,
  checksumStart: 6,
  checksumOffset: 8,
} as const;

export const VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;
export const VIRTIO_NET_HDR_F_DATA_VALID = 2;
export const VIRTIO_NET_HDR_GSO_NONE = 0;
export const VIRTIO_NET_HDR_GSO_TCPV4 = 1;
export const VIRTIO_NET_HDR_GSO_TCPV6 = 4;
