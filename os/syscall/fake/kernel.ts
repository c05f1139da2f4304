import { constants } from 'node:os';
import { type Kernel, type MountRequest, SystemCallError, type Zombie } from '../kernel.ts';

type ErrorName = keyof typeof constants.errno;

/** What a test can see and script of {@link FakeKernel}. */
export interface FakeKernel extends Kernel {
  /** Every call that was let through, in order: its name and arguments. */
  readonly calls: readonly (readonly [call: string, ...args: unknown[]])[];
  /** What is mounted now, by target. */
  readonly mounted: ReadonlyMap<string, MountRequest>;
  /** Children that ended and were not reaped, the next to be shown first. */
  readonly zombies: Zombie[];
  /** Seconds since boot; the test moves it. */
  now: number;
  /** Milliseconds since 1970, as last set by `setClock`. */
  clock: number;
  /** Makes mounts fail for which `when` holds. */
  refuseMount(code: ErrorName, when: (request: MountRequest) => boolean): void;
  /** Something can be read from `fd`. */
  becomeReadable(fd: number): void;
}

/** A kernel in memory. It keeps the promises of {@link Kernel} and does nothing by itself. */
export function fakeKernel(): FakeKernel {
  const calls: [string, ...unknown[]][] = [];
  const mounted = new Map<string, MountRequest>();
  const zombies: Zombie[] = [];
  const refusals: { code: ErrorName; when: (request: MountRequest) => boolean }[] = [];
  const watchers = new Map<number, () => void>();
  return {
    calls,
    mounted,
    zombies,
    now: 0,
    clock: 0,
    mount(request) {
      const refusal = refusals.find(({ when }) => when(request));
      if (refusal !== undefined) throw new SystemCallError('mount', [request.target], constants.errno[refusal.code]);
      calls.push(['mount', request]);
      mounted.set(request.target, request);
    },
    unmount(target, flags) {
      if (!mounted.delete(target)) throw new SystemCallError('umount2', [target], constants.errno.EINVAL);
      calls.push(['unmount', target, flags]);
    },
    releaseProgramPages() {
      calls.push(['releaseProgramPages']);
    },
    reboot(command) {
      calls.push(['reboot', command]);
    },
    sync() {
      calls.push(['sync']);
    },
    peekZombie: () => zombies[0],
    reap(pid) {
      const index = zombies.findIndex((zombie) => zombie.pid === pid);
      if (index !== -1) zombies.splice(index, 1);
      calls.push(['reap', pid]);
    },
    watch(fd, onReadable) {
      watchers.set(fd, onReadable);
      return { [Symbol.dispose]: () => watchers.delete(fd) };
    },
    ioctl(fd, request) {
      calls.push(['ioctl', fd, request]);
      return 0;
    },
    setClock(milliseconds) {
      this.clock = milliseconds;
      calls.push(['setClock', milliseconds]);
    },
    uptime() {
      return this.now;
    },
    refuseMount(code, when) {
      refusals.push({ code, when });
    },
    becomeReadable(fd) {
      watchers.get(fd)?.();
    },
  };
}
