import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SystemCallError } from '../kernel.ts';
import { linux } from './kernel.ts';

const folder = mkdtempSync(join(tmpdir(), 'panos-syscall-'));

describe('the running kernel', () => {
  test('tells the time since boot as /proc/uptime does', () => {
    const told = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    expect(Math.abs(linux.uptime() - told)).toBeLessThan(1);
  });

  test('says by name why it refuses a mount', () => {
    const request = { source: 'none', target: join(folder, 'missing'), type: 'tmpfs', flags: 0 };
    expect(() => linux.mount(request)).toThrow(SystemCallError);
    // ENOENT for the target, or EPERM where this test may not mount.
    expect(() => linux.mount(request)).toThrow(
      /^mount\("none", ".*missing", "tmpfs", 0, null\) failed: E(NOENT|PERM)$/,
    );
  });

  test('says by name why it refuses an ioctl', () => {
    const fd = openSync('/dev/null', 'r');
    try {
      expect(() => linux.ioctl(fd, 0xc0045706, new ArrayBuffer(4))).toThrow(/failed: ENOTTY$/);
    } finally {
      closeSync(fd);
    }
  });

  test('tells when a file descriptor becomes readable, again and again, until it is disposed of', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    try {
      const got: string[] = [];
      let seen = () => {};
      const next = () =>
        new Promise<void>((resolve) => {
          seen = resolve;
        });
      const watcher = linux.watch(reader, () => {
        const bytes = Buffer.alloc(100);
        got.push(bytes.toString('utf8', 0, readSync(reader, bytes)));
        seen();
      });
      for (const text of ['one', 'two']) {
        const arrival = next();
        writeSync(writer, text);
        await arrival;
      }
      expect(got).toEqual(['one', 'two']);
      watcher[Symbol.dispose]();
      watcher[Symbol.dispose]();
      writeSync(writer, 'three');
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(got).toEqual(['one', 'two']);
    } finally {
      closeSync(reader);
      closeSync(writer);
      rmSync(folder, { recursive: true });
    }
  });
});

test('a process that let go of its programs goes on', () => {
  linux.releaseProgramPages();
  expect(execFileSync('true').toString()).toBe('');
  expect([3, 1, 2].toSorted()).toEqual([1, 2, 3]);
});
