/** The first process. The kernel starts node with this module; it must never end. */
import { sayFirstLine } from './first-line.ts';

if (process.pid === 1) {
  sayFirstLine();
  void bootNow();
} else {
  console.error('This program mounts file systems and ends machines: only the kernel may start it, as PID 1.');
  process.exitCode = 2;
}

/** Everything else is loaded only now: under emulation that alone takes 0.2 s. */
async function bootNow(): Promise<void> {
  const { linux } = await import('../syscall/linux/kernel.ts');
  const { boot } = await import('./boot.ts');
  await boot(linux);
}
