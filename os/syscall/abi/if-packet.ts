/** Packet sockets: include/uapi/linux/if_packet.h, Linux 6.12. */
export const PACKET_ADD_MEMBERSHIP = 1;
export const PACKET_DROP_MEMBERSHIP = 2;
export const PACKET_RX_RING = 5;
export const PACKET_STATISTICS = 6;
/** A frame that does not fit into its slot is queued whole at the socket, and the slot says so (TP_STATUS_COPY). */
export const PACKET_COPY_THRESH = 7;
export const PACKET_VERSION = 10;
/** A `virtio_net_hdr` stands in front of each frame, in both directions. */
export const PACKET_VNET_HDR = 15;
export const PACKET_QDISC_BYPASS = 20;
export const PACKET_IGNORE_OUTGOING = 23;

/** `tpacket_versions` */
export const TPACKET_V2 = 1;

/** Who owns a slot, and what is known of the frame in it. */
export const TP_STATUS_KERNEL = 0;
export const TP_STATUS_USER = 1 << 0;
export const TP_STATUS_COPY = 1 << 1;
/** Frames were dropped since PACKET_STATISTICS was read last. */
export const TP_STATUS_LOSING = 1 << 2;
export const TP_STATUS_VLAN_VALID = 1 << 4;
export const TP_STATUS_CSUM_VALID = 1 << 7;

/** `struct tpacket2_hdr`: 32-bit status, length and captured length; 16-bit offset of the frame in the slot. */
export const tpacket2 = { size: 32, status: 0, length: 4, captured: 8, frame: 12 } as const;
/** Where `struct sockaddr_ll` is in a slot: behind the header. */
export const slotAddress = tpacket2.size;

/** `struct sockaddr_ll`: 16-bit family and protocol (in network order), 32-bit index, 8-bit kind of packet. */
export const sockaddrLl = { size: 20, family: 0, protocol: 2, index: 4, kind: 10 } as const;
/** `sll_pkttype` */
export const PACKET_OTHERHOST = 3;

/** `struct tpacket_req`: four unsigned 32-bit numbers. */
export const tpacketReq = { size: 16, blockSize: 0, blockCount: 4, frameSize: 8, frameCount: 12 } as const;
/** `struct tpacket_stats`: frames and dropped frames since the last reading, unsigned 32-bit. */
export const tpacketStats = { size: 8, packets: 0, drops: 4 } as const;

/** `struct packet_mreq`: 32-bit index, 16-bit type and length of address, the address. */
export const packetMreq = { size: 16, index: 0, type: 4, length: 6, address: 8 } as const;
export const PACKET_MR_MULTICAST = 0;
