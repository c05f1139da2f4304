import { getCurrentEventLoop, getRawPointer } from 'node:ffi';
import { UV_POLL, UV_READABLE } from '../abi/poll.ts';
import { SystemCallError } from '../kernel.ts';
import { image, libc } from './libc.ts';

/** Handles that libuv knows; their memory must stay where it is until libuv has closed them. */
const handles = new Map<bigint, { memory: ArrayBuffer; onReadable: () => void; pending: boolean; open: boolean }>();

let onPoll: bigint | undefined;
let onClosed: bigint | undefined;

/**
 * Called by libuv. It only notes what became readable: node has no callback scope here, so ticks and promises started
 * in it would not run. The work is done in the same turn of the loop, in its check phase.
 */
function noteReadable(handle: bigint): void {
  const entry = handles.get(handle);
  if (entry === undefined || entry.pending) return;
  entry.pending = true;
  setImmediate(() => {
    entry.pending = false;
    if (entry.open) entry.onReadable();
  });
}

/** Watches a file descriptor through libuv's own poll handle. See `Kernel.watch`. */
export function watch(fd: number, onReadable: () => void): Disposable {
  onPoll ??= image.registerCallback({ arguments: ['pointer', 'i32', 'i32'], return: 'void' }, (handle) =>
    noteReadable(handle as bigint),
  );
  onClosed ??= image.registerCallback({ arguments: ['pointer'], return: 'void' }, (handle) => {
    handles.delete(handle as bigint);
  });
  const memory = new ArrayBuffer(Number(libc.uv_handle_size(UV_POLL)));
  const handle = getRawPointer(memory);
  const entry = { memory, onReadable, pending: false, open: true };
  // libuv returns negated error numbers.
  const failed = libc.uv_poll_init(getCurrentEventLoop(), handle, fd);
  if (failed !== 0) throw new SystemCallError('uv_poll_init', [fd], -failed);
  handles.set(handle, entry);
  libc.uv_poll_start(handle, UV_READABLE, onPoll);
  return {
    [Symbol.dispose]() {
      if (!entry.open) return;
      entry.open = false;
      libc.uv_close(handle, onClosed ?? 0n);
    },
  };
}
