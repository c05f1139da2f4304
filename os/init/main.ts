/** The first process. The kernel starts node with this module; it must never end. */
import { linux } from '../syscall/linux/kernel.ts';
import { boot } from './boot.ts';

boot(linux);
