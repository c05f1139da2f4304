import { afterEach, expect, test, vi } from 'vitest';
import { fakeKernel } from '../syscall/fake/kernel.ts';
import { reapOrphans } from './reaper.ts';

afterEach(() => {
  process.removeAllListeners('SIGCHLD');
});

const reaped = (kernel: ReturnType<typeof fakeKernel>) =>
  kernel.calls.flatMap(([call, pid]) => (call === 'reap' ? [pid] : []));

test('reaps orphans, and leaves the children of libuv to libuv', async () => {
  const kernel = fakeKernel();
  const own = new Set([7]);
  reapOrphans(kernel, { owns: (pid) => own.has(pid) });
  kernel.zombies.push({ pid: 5 }, { pid: 7 }, { pid: 9 });
  process.emit('SIGCHLD', 'SIGCHLD');
  await vi.waitFor(() => expect(reaped(kernel)).toEqual([5]));
  // libuv collects its child, and forgets it.
  kernel.zombies.shift();
  own.delete(7);
  await vi.waitFor(() => expect(reaped(kernel)).toEqual([5, 9]));
  expect(kernel.zombies).toEqual([]);
});

test('reaps what ended before it was there', () => {
  const kernel = fakeKernel();
  kernel.zombies.push({ pid: 3 });
  reapOrphans(kernel, { owns: () => false });
  expect(reaped(kernel)).toEqual([3]);
});
