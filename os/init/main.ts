/** The first process. The kernel starts node with this module; it must never end. */
import { linux } from '../syscall/linux/kernel.ts';
import { boot } from './boot.ts';

if (process.pid === 1) boot(linux);
else {
  console.error('This program mounts file systems and ends machines: only the kernel may start it, as PID 1.');
  process.exitCode = 2;
}
