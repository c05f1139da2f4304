import { getCurrentEventLoop, getRawPointer } from 'node:ffi';
import { UV_POLL, UV_READABLE } from '../abi/poll.ts';
import { SystemCallError } from '../kernel.ts';
import { image, libc } from './libc.ts';

/** A poll handle that libuv knows; its memory must stay where it is until libuv has closed it. */
interface Handle {
  readonly memory: ArrayBuffer;
  readonly onReady: (events: number) => void;
  /** Events to be reported until told otherwise. */
  wanted: number;
  /** Events that libuv reported and the owner was not told of yet; 0 if there are none. */
  pending: number;
  /** libuv stops a handle when it reports an error. */
  stopped: boolean;
  open: boolean;
}

const handles = new Map<bigint, Handle>();

let onPoll: bigint | undefined;
let onClosed: bigint | undefined;

/**
 * Called by libuv. It only notes what is ready: node has no callback scope here, so ticks and promises started in it
 * would not run. The work is done in the same turn of the loop, in its check phase.
 */
function noteReady(pointer: bigint, status: number, events: number): void {
  const handle = handles.get(pointer);
  if (handle === undefined) return;
  if (handle.pending === 0) setImmediate(report, pointer, handle);
  // An error is collected by reading.
  handle.pending |= status < 0 ? UV_READABLE : events;
  if (status < 0) handle.stopped = true;
}

function report(pointer: bigint, handle: Handle): void {
  const events = handle.pending;
  handle.pending = 0;
  if (!handle.open) return;
  handle.onReady(events);
  // Without this a socket whose interface went down, or a log whose reader was too slow, would never be heard of again.
  if (handle.stopped && handle.open) start(pointer, handle);
}

function start(pointer: bigint, handle: Handle): void {
  handle.stopped = false;
  libc.uv_poll_start(pointer, handle.wanted, onPoll ?? 0n);
}

/** A file descriptor in the event loop. */
export interface Poll extends Disposable {
  /** Replaces what is reported: events of `abi/poll.ts`. */
  report(events: number): void;
}

/** Watches a file descriptor through libuv's own poll handle; `onReady` gets those of `events` that are there. */
export function poll(fd: number, events: number, onReady: (events: number) => void): Poll {
  onPoll ??= image.registerCallback(
    { arguments: ['pointer', 'i32', 'i32'], return: 'void' },
    (pointer, status, ready) => noteReady(pointer as bigint, status, ready),
  );
  onClosed ??= image.registerCallback({ arguments: ['pointer'], return: 'void' }, (pointer) => {
    handles.delete(pointer as bigint);
  });
  const memory = new ArrayBuffer(Number(libc.uv_handle_size(UV_POLL)));
  const pointer = getRawPointer(memory);
  const handle: Handle = { memory, onReady, wanted: events, pending: 0, stopped: false, open: true };
  // libuv returns negated error numbers.
  const failed = libc.uv_poll_init(getCurrentEventLoop(), pointer, fd);
  if (failed !== 0) throw new SystemCallError('uv_poll_init', [fd], -failed);
  handles.set(pointer, handle);
  start(pointer, handle);
  return {
    report(wanted) {
      if (!handle.open || handle.wanted === wanted) return;
      handle.wanted = wanted;
      // A stopped one starts again when its error was collected.
      if (!handle.stopped) start(pointer, handle);
    },
    [Symbol.dispose]() {
      if (!handle.open) return;
      handle.open = false;
      libc.uv_close(pointer, onClosed ?? 0n);
    },
  };
}
