import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LINUX_REBOOT_CMD_POWER_OFF, LINUX_REBOOT_CMD_RESTART } from '../../syscall/abi/reboot.ts';
import { fakeKernel } from '../../syscall/fake/kernel.ts';
import { asksForSafeMode } from '../command-line.ts';
import { Journal } from '../log/journal.ts';
import type { Runner } from '../supervisor/runner.ts';
import { holdsPowerPress } from './button.ts';
import { Power } from './power.ts';
import { writableDisks } from './shutdown.ts';

/** Services that stop only when the test says so. */
const scene = (closeLog: () => Promise<void> = async () => {}) => {
  const kernel = fakeKernel();
  const journal = new Journal({ uptime: () => 0, now: () => 0 });
  const machine = { quiet: false };
  const told: string[] = [];
  const runner = { machine, send: ({ type }: { type: string }) => told.push(type), killAll: () => {} };
  const power = new Power({
    kernel,
    runner: runner as unknown as Runner,
    log: journal.for('init'),
    closeLog,
    onBegin: () => told.push('begin'),
    drainTerminals: async () => {},
    killEveryone: () => told.push('kill everyone'),
    releaseDisks: async () => {
      told.push('release disks');
    },
  });
  const ended = () => kernel.calls.find(([call]) => call === 'reboot')?.[1];
  const said = () => journal.read({}).map(({ message }) => message);
  return { kernel, machine, told, power, ended, said };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Power', () => {
  test('stops the services, ends the rest, leaves the disks clean and only then ends the machine', async () => {
    const { power, machine, told, ended, said } = scene();
    power.request('poweroff', 'the power button');
    expect(told).toEqual(['begin', 'shutdown']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ended()).toBeUndefined();
    machine.quiet = true;
    power.check();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['begin', 'shutdown', 'kill everyone', 'release disks']);
    expect(ended()).toBe(LINUX_REBOOT_CMD_POWER_OFF);
    expect(said()).toEqual(['poweroff asked for by the power button', 'powering off']);
  });

  test('a second request changes nothing', async () => {
    const { power, machine, told, ended, said } = scene();
    power.request('reboot', 'Ctrl+Alt+Delete');
    power.request('poweroff', 'the power button');
    machine.quiet = true;
    power.check();
    await vi.advanceTimersByTimeAsync(0);
    expect(told.filter((each) => each === 'shutdown')).toHaveLength(1);
    expect(ended()).toBe(LINUX_REBOOT_CMD_RESTART);
    expect(said()).toContain('the power button asks for poweroff: already rebooting');
  });

  test('services that do not stop are killed, within ten seconds in all', async () => {
    const { power, told, ended, said } = scene();
    power.request('poweroff', 'a test');
    await vi.advanceTimersByTimeAsync(9000);
    expect(told).toContain('kill everyone');
    expect(said()).toContain('not all services stopped in time; the rest is killed');
    expect(ended()).toBe(LINUX_REBOOT_CMD_POWER_OFF);
  });

  test('a log that cannot be closed does not hold it up', async () => {
    const { power, machine, ended } = scene(() => new Promise(() => {}));
    machine.quiet = true;
    power.request('poweroff', 'a test');
    power.check();
    await vi.advanceTimersByTimeAsync(1000);
    expect(ended()).toBe(LINUX_REBOOT_CMD_POWER_OFF);
  });

  test('an error on the way forces the end', async () => {
    const { power, machine, ended, kernel, said } = scene();
    let failures = 0;
    const reboot = kernel.reboot.bind(kernel);
    kernel.reboot = (command) => {
      if (failures++ === 0) throw new Error('not yet');
      reboot(command);
    };
    machine.quiet = true;
    power.request('poweroff', 'a test');
    power.check();
    await vi.advanceTimersByTimeAsync(100);
    expect(said()).toContain('the ordered shutdown failed: not yet');
    expect(ended()).toBe(LINUX_REBOOT_CMD_POWER_OFF);
  });
});

test('writableDisks finds disks that are written to, the innermost first', () => {
  const mounts = [
    '/dev/root / erofs ro,relatime 0 0',
    'proc /proc proc rw,nosuid 0 0',
    '/dev/vda5 /data ext4 rw,nosuid,nodev 0 0',
    '/dev/vda2 /boot vfat ro,nosuid 0 0',
    '/dev/sdb1 /data/my\\040disk ext4 rw 0 0',
    '',
  ].join('\n');
  expect(writableDisks(mounts)).toEqual(['/data/my disk', '/data']);
});

test('holdsPowerPress sees the key go down, and nothing else', () => {
  const event = (type: number, code: number, value: number) => {
    const bytes = Buffer.alloc(24);
    bytes.writeUInt16LE(type, 16);
    bytes.writeUInt16LE(code, 18);
    bytes.writeInt32LE(value, 20);
    return bytes;
  };
  const sync = event(0, 0, 0);
  expect(holdsPowerPress(Buffer.concat([sync, event(1, 116, 1), sync]))).toBe(true);
  for (const other of [event(1, 116, 0), event(1, 116, 2), event(1, 30, 1), event(4, 116, 1)]) {
    expect(holdsPowerPress(Buffer.concat([other, sync]))).toBe(false);
  }
  expect(holdsPowerPress(event(1, 116, 1).subarray(0, 23))).toBe(false);
});

test.each([
  ['quiet panos.safe', true],
  ['panos.safe=1', true],
  ['panos.safe=0', false],
  ['panos.safer', false],
])('%j asks for safe mode: %s', (line, expected) => {
  expect(asksForSafeMode(line.split(' '))).toBe(expected);
});
