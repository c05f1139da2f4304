import { getRawPointer, toArrayBuffer } from 'node:ffi';
import { writeFileSync } from 'node:fs';
import { MAP_SHARED, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { UV_READABLE, UV_WRITABLE } from '../../abi/poll.ts';
import { MSG_DONTWAIT, MSG_TRUNC, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../abi/socket.ts';
import type { NetworkKernel } from '../../network.ts';
import { checked, errno } from '../libc.ts';
import { poll } from '../poll.ts';
import { LinuxMessageBatch } from './batch.ts';
import { ethtool } from './ethtool.ts';
import { libc } from './libc.ts';

const MAP_FAILED = 2n ** 64n - 1n;
/** `socklen_t` of getsockopt(2), in and out. */
const optionLength = new Uint32Array(1);

/** The running Linux kernel, through glibc. */
export const linuxNetwork: NetworkKernel = {
  socket(family, type, protocol) {
    const result = libc.socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    return checked('socket', result, family, type, protocol);
  },

  bind(fd, address) {
    checked('bind', libc.bind(fd, address, address.byteLength), fd);
  },

  setOption(fd, level, option, value) {
    checked('setsockopt', libc.setsockopt(fd, level, option, value, value.byteLength), fd, level, option);
  },

  getOption(fd, level, option, value) {
    optionLength[0] = value.byteLength;
    checked('getsockopt', libc.getsockopt(fd, level, option, value, optionLength.buffer), fd, level, option);
  },

  map(fd, length) {
    const address = libc.mmap(0n, BigInt(length), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0n);
    checked('mmap', address === MAP_FAILED ? -1 : 0, fd, length);
    return toArrayBuffer(address, length, false);
  },

  unmap(memory) {
    if (memory.detached) return;
    const address = getRawPointer(memory);
    const length = memory.byteLength;
    // Views of it are empty from now on, instead of leading into memory that is somebody else's.
    memory.transfer();
    checked('munmap', libc.munmap(address, BigInt(length)), length);
  },

  receive(fd, memory) {
    const result = libc.recv(fd, memory, BigInt(memory.byteLength), MSG_DONTWAIT | MSG_TRUNC);
    return result === -1 ? -errno() : result;
  },

  send(fd, message) {
    const result = libc.send(fd, message, BigInt(message.byteLength), MSG_DONTWAIT);
    return result === -1 ? -errno() : result;
  },

  batch: (memory, capacity) => new LinuxMessageBatch(memory, capacity),

  watch(fd, onReady) {
    const watched = poll(fd, UV_READABLE, (events) =>
      onReady({ readable: (events & UV_READABLE) !== 0, writable: (events & UV_WRITABLE) !== 0 }),
    );
    return {
      reportWritable: (wanted) => watched.report(wanted ? UV_READABLE | UV_WRITABLE : UV_READABLE),
      [Symbol.dispose]: () => watched[Symbol.dispose](),
    };
  },

  close(fd) {
    libc.close(fd);
  },

  ethtool,

  setParameter(path, value) {
    try {
      writeFileSync(`/proc/sys/${path}`, value, { flag: 'r+' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  },
};
