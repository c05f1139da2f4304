/**
 * What the network daemon asks of the kernel: sockets that Node.js does not offer. Apart from `Kernel`, so that PID 1 does
 * not carry it. Two implementations: `linux/network/` and, for tests, `fake/network.ts`.
 *
 * Sockets are file descriptors that are closed on exec and never block. Every method throws {@link SystemCallError} when
 * the kernel refuses, unless it says otherwise.
 */
import type { ethtoolFeatures } from './abi/ethtool.ts';

/** What a watched socket is ready for. An error to be collected counts as readable. */
export interface Readiness {
  readonly readable: boolean;
  readonly writable: boolean;
}

/** A socket in the event loop. Dispose before closing the socket. */
export interface Watch extends Disposable {
  /** Whether to report that the socket can be written to as well; at first not. */
  reportWritable(wanted: boolean): void;
}

/** Messages that lie in one piece of memory and are sent by one call. */
export interface MessageBatch {
  /** The message `index` is the `length` bytes from `offset` on. */
  place(index: number, offset: number, length: number): void;
  /**
   * sendmmsg(2): sends `count` messages from `first` on.
   * @returns how many the kernel took, or the negated errno when it did not take the first one
   */
  send(fd: number, first: number, count: number): number;
}

export type EthtoolFeature = keyof typeof ethtoolFeatures;

export interface NetworkKernel {
  /** socket(2); `family` and `type` are those of `abi/socket.ts`, `protocol` is in the order that the family wants. */
  socket(family: number, type: number, protocol: number): number;
  /** bind(2) to the address structure. */
  bind(fd: number, address: ArrayBuffer): void;
  /** setsockopt(2). */
  setOption(fd: number, level: number, option: number, value: ArrayBuffer): void;
  /** getsockopt(2): fills `value`. */
  getOption(fd: number, level: number, option: number, value: ArrayBuffer): void;
  /** mmap(2) of `length` bytes of the socket, shared, for reading and writing. */
  map(fd: number, length: number): ArrayBuffer;
  /** munmap(2) of what `map` gave. The buffer is detached before: whoever still has it sees an empty one. */
  unmap(memory: ArrayBuffer): void;
  /** recv(2) with MSG_TRUNC: the message's length, which may be more than fits into `memory`, or the negated errno. */
  receive(fd: number, memory: ArrayBuffer): number;
  /** send(2) of the whole buffer. @returns its length, or the negated errno */
  send(fd: number, message: ArrayBuffer): number;
  /** A batch of at most `capacity` messages in `memory`. */
  batch(memory: ArrayBuffer, capacity: number): MessageBatch;
  /** Calls `onReady` from the event loop's check phase while the socket can be read, until disposed. */
  watch(fd: number, onReady: (ready: Readiness) => void): Watch;
  /** close(2); never fails. */
  close(fd: number): void;
  /** Asks (without `value`) or sets an interface's feature: ioctl SIOCETHTOOL. @returns its value now */
  ethtool(name: string, feature: EthtoolFeature, value?: boolean): boolean;
  /**
   * Writes a parameter below /proc/sys, such as `net/ipv6/conf/eth0/disable_ipv6`.
   * @returns false when the kernel does not have it
   * @throws an error of Node.js's file system when the kernel does not take the value
   */
  setParameter(path: string, value: string): boolean;
}
