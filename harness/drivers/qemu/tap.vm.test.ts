import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { Deadline } from '../../../host/lib/deadline.ts';
import { silent } from '../../../host/lib/progress.ts';
import { openToolbox } from '../../../host/toolbox/toolbox.ts';
import { LabError, type MachineSpec } from '../../machine/contract.ts';
import { enterNamespace } from '../../machine/enter-namespace.ts';
import type { Profile } from '../../machine/profile.ts';
import { QemuDriver } from './driver.ts';
import { labGuestDisk } from './lab-guest/images.ts';
import { toolsForTests } from './tools-for-tests.ts';

const profile: Profile = {
  name: 'tap',
  description: 'two network cards',
  hypervisor: 'qemu',
  chipset: 'q35',
  firmware: 'bios',
  disk: 'virtio-blk',
  network: 'virtio-net',
  display: 'std',
  input: 'ps2',
  processors: 1,
  memory: 64,
};

test('network cards hang on tap devices of another namespace, and their cables can be pulled', async () => {
  const [ip, ...ipWords] = await (await openToolbox(silent, 'lab')).argv('ip');
  const directory = await mkdtemp(join(tmpdir(), 'panos-tap-'));
  const user = process.getuid?.() !== 0;
  const holder = execa('unshare', [...(user ? ['--user', '--map-root-user'] : []), '--net', '--', 'cat'], {
    stdin: 'pipe',
    buffer: false,
    reject: false,
  });
  try {
    holder.stdin.write('held\n');
    await new Promise((held) => holder.stdout.once('data', held));
    const namespace = { process: holder.pid ?? 0, user };
    const [nsenter, ...words] = enterNamespace(namespace);
    const inside = async (...args: string[]) => (await execa(nsenter, [...words, ip, ...ipWords, ...args])).stdout;
    for (const device of ['tap0', 'tap1']) {
      await inside('tuntap', 'add', 'dev', device, 'mode', 'tap');
      await inside('link', 'set', device, 'up');
    }
    const carrier = async (device: string) => (await inside('link', 'show', device)).includes('LOWER_UP');
    expect(await carrier('tap0')).toBe(false);

    const disk = join(directory, 'disk.img');
    await writeFile(disk, labGuestDisk());
    const driver = new QemuDriver(await toolsForTests(), { runtime: join(directory, 'run') });
    const spec: MachineSpec = {
      name: 'tap',
      profile,
      disk: { path: disk, format: 'raw' },
      directory,
      acceleration: 'tcg',
      networks: ['tap0', 'tap1'].map((device) => ({ kind: 'tap', device, namespace })),
    };
    {
      await using machine = await driver.create(spec);
      await machine.start(Deadline.in(10));
      expect([await carrier('tap0'), await carrier('tap1')]).toEqual([true, true]);
      await machine.setLink(1, false);
      await machine.setLink(1, true);
      await expect(machine.setLink(2, true)).rejects.toThrow(LabError);
    }
    expect(await carrier('tap0')).toBe(false);

    // A device that is not there, and a namespace that is gone.
    const missing = { kind: 'tap', device: 'lo', namespace } as const;
    await using broken = await driver.create({ ...spec, networks: [missing] });
    await expect(broken.start(Deadline.in(10))).rejects.toThrow(/QEMU cannot use/);
  } finally {
    holder.kill('SIGKILL');
    await holder;
    await rm(directory, { recursive: true, force: true });
  }
});
