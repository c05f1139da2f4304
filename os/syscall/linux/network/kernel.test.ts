import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { NETLINK_ROUTE, NLM_F_REQUEST, nlmsghdr } from '../../abi/netlink.ts';
import { RTM_GETLINK, RTM_NEWLINK } from '../../abi/rtnetlink.ts';
import { AF_INET, AF_NETLINK, SO_RCVBUF, SOCK_RAW, SOL_SOCKET } from '../../abi/socket.ts';
import { SystemCallError } from '../../kernel.ts';
import type { Readiness } from '../../network.ts';
import { linuxNetwork as kernel } from './kernel.ts';

const requestSize = nlmsghdr.size + 16;

/** Asks for the interface 1, which is loopback in every network namespace; anybody may. */
function writeRequest(memory: ArrayBuffer, offset: number, sequence: number): void {
  const view = new DataView(memory, offset, requestSize);
  view.setUint32(nlmsghdr.length, requestSize, true);
  view.setUint16(nlmsghdr.type, RTM_GETLINK, true);
  view.setUint16(nlmsghdr.flags, NLM_F_REQUEST, true);
  view.setUint32(nlmsghdr.sequence, sequence, true);
  view.setInt32(nlmsghdr.size + 4, 1, true);
}

function withSocket(use: (fd: number) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const fd = kernel.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    try {
      await use(fd);
    } finally {
      kernel.close(fd);
    }
  };
}

describe('sockets of the running kernel', () => {
  it(
    'never block: an empty one says EAGAIN',
    withSocket((fd) => {
      expect(kernel.receive(fd, new ArrayBuffer(10))).toBe(-constants.errno.EAGAIN);
    }),
  );

  it('say by name why they refuse', () => {
    expect(() => kernel.socket(AF_INET, 77, 0)).toThrow(SystemCallError);
    expect(() => kernel.bind(-1, new ArrayBuffer(16))).toThrow(/failed: EBADF$/);
    expect(() => kernel.map(-1, 4096)).toThrow(/failed: EBADF$/);
    expect(kernel.receive(-1, new ArrayBuffer(1))).toBe(-constants.errno.EBADF);
    expect(kernel.send(-1, new ArrayBuffer(1))).toBe(-constants.errno.EBADF);
  });

  it(
    'have options',
    withSocket((fd) => {
      const value = Int32Array.of(8192);
      kernel.setOption(fd, SOL_SOCKET, SO_RCVBUF, value.buffer);
      kernel.getOption(fd, SOL_SOCKET, SO_RCVBUF, value.buffer);
      // The kernel doubles what is asked for: socket(7).
      expect(value[0]).toBe(16_384);
    }),
  );

  it(
    'send and receive; of a message that is too long one learns its length',
    withSocket((fd) => {
      const request = new ArrayBuffer(requestSize);
      writeRequest(request, 0, 7);
      expect(kernel.send(fd, request)).toBe(requestSize);
      const answer = new ArrayBuffer(nlmsghdr.size);
      expect(kernel.receive(fd, answer)).toBeGreaterThan(answer.byteLength);
      expect(new DataView(answer).getUint16(nlmsghdr.type, true)).toBe(RTM_NEWLINK);
      expect(new DataView(answer).getUint32(nlmsghdr.sequence, true)).toBe(7);
    }),
  );

  it(
    'send batches out of one piece of memory',
    withSocket((fd) => {
      const memory = new ArrayBuffer(1000);
      const batch = kernel.batch(memory, 3);
      for (const [index, offset] of [10, 500, 300].entries()) {
        writeRequest(memory, offset, 40 + index);
        batch.place(index, offset, requestSize);
      }
      expect(batch.send(fd, 1, 2)).toBe(2);
      const answer = new ArrayBuffer(8192);
      const sequences = [1, 2].map(() => {
        expect(kernel.receive(fd, answer)).toBeGreaterThan(0);
        return new DataView(answer).getUint32(nlmsghdr.sequence, true);
      });
      expect(sequences).toEqual([41, 42]);
      expect(batch.send(-1, 0, 1)).toBe(-constants.errno.EBADF);
      expect(() => batch.place(0, 990, 11)).toThrow(RangeError);
      expect(() => batch.send(fd, 1, 3)).toThrow(RangeError);
    }),
  );

  it(
    'are watched for reading, and for writing when that is wanted',
    withSocket(async (fd) => {
      const heard: Readiness[] = [];
      let tell = () => {};
      using watch = kernel.watch(fd, (ready) => {
        heard.push(ready);
        kernel.receive(fd, new ArrayBuffer(8192));
        watch.reportWritable(false);
        tell();
      });
      const next = () =>
        new Promise<void>((resolve) => {
          tell = resolve;
        });
      watch.reportWritable(true);
      await next();
      expect(heard).toEqual([{ readable: false, writable: true }]);
      const request = new ArrayBuffer(requestSize);
      writeRequest(request, 0, 1);
      kernel.send(fd, request);
      await next();
      expect(heard.slice(1)).toEqual([{ readable: true, writable: false }]);
    }),
  );
});

describe('parameters of the running kernel', () => {
  it('that are missing are no error', () => {
    expect(kernel.setParameter('net/ipv6/conf/missing0/disable_ipv6', '1')).toBe(false);
  });
});

describe('ethtool', () => {
  it('names a missing interface', () => {
    expect(() => kernel.ethtool('missing0', 'gro')).toThrow(/"missing0".* failed: ENODEV$/);
  });

  it('asks for a feature', () => {
    expect(kernel.ethtool('lo', 'tx-checksum')).toBe(true);
  });
});
