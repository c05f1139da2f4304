/** Address families: include/linux/socket.h, Linux 6.12. */
export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

/** include/linux/net.h */
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

/** Levels of options: include/linux/socket.h; options of SOL_SOCKET: include/uapi/asm-generic/socket.h. */
export const SOL_SOCKET = 1;
export const SOL_PACKET = 263;
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
/** As SO_SNDBUF and SO_RCVBUF, without the limit of net.core.*mem_max; needs CAP_NET_ADMIN. */
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
/** `struct ucred` of the process at the other end of a Unix socket. */
export const SO_PEERCRED = 17;

/** Flags of send and receive: include/linux/socket.h. */
export const MSG_DONTWAIT = 0x40;
/** recv(2) returns the real length of what did not fit. */
export const MSG_TRUNC = 0x20;

/**
 * `struct mmsghdr` and `struct iovec` on x86-64: include/linux/socket.h (`user_msghdr`) and include/uapi/linux/uio.h.
 * Pointers and sizes are unsigned 64-bit.
 */
export const mmsghdr = { size: 64, iov: 16, iovCount: 24 } as const;
export const iovec = { size: 16, base: 0, length: 8 } as const;
