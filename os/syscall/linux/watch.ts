import { UV_READABLE } from '../abi/poll.ts';
import { poll } from './poll.ts';

/** See `Kernel.watch`. */
export const watch = (fd: number, onReadable: () => void): Disposable => poll(fd, UV_READABLE, onReadable);
