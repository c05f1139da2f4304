import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { Deadline } from '../../../host/lib/deadline.ts';
import { Failure } from '../../../host/lib/failure.ts';
import { type ContractSubject, describeMachineContract } from '../../machine/contract.cases.ts';
import type { MachineSpec } from '../../machine/contract.ts';
import type { Profile } from '../../machine/profile.ts';
import { QemuDriver } from './driver.ts';
import { identify } from './host-process.ts';
import { labGuestDisk, labGuestKernel } from './lab-guest/images.ts';
import { toolsForTests } from './tools-for-tests.ts';

const tools = await toolsForTests();

const plain: Profile = {
  name: 'plain',
  description: 'as old as QEMU can be',
  hypervisor: 'qemu',
  chipset: 'i440fx',
  firmware: 'bios',
  disk: 'ide',
  network: 'pcnet',
  display: 'std',
  input: 'ps2',
  processors: 1,
  memory: 64,
};
const full: Profile = {
  ...plain,
  name: 'full',
  chipset: 'q35',
  disk: 'virtio-blk',
  network: 'virtio-net',
  display: 'virtio-gpu',
  input: 'virtio',
  processors: 2,
};

async function makeSubject(): Promise<ContractSubject> {
  const directory = await mkdtemp(join(tmpdir(), 'panos-lab-'));
  const runtime = join(directory, 'run');
  const kernel = join(directory, 'kernel');
  await writeFile(kernel, labGuestKernel());
  return {
    driver: new QemuDriver(tools, { runtime }),
    directory,
    profiles: { full, plain },
    kernel,
    makeDisk: async (folder) => {
      const path = join(folder, 'disk.img');
      await writeFile(path, labGuestDisk());
      return { path, format: 'raw' };
    },
    crash: async (machine) => {
      for (const pid of machine.processes) process.kill(pid, 'SIGKILL');
      await machine.stopped(Deadline.in(5));
    },
    leftovers: async (name) => [
      ...(await qemuProcesses(name)),
      ...(await readdir(join(runtime, name)).catch(() => [])),
    ],
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Processes that run a machine of this name, by their command lines. */
async function qemuProcesses(name: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(`\0panos-${name}\0`));
}

describeMachineContract('QEMU', makeSubject);

describe('QEMU', () => {
  async function withSpec(work: (spec: MachineSpec, runtime: string) => Promise<void>): Promise<void> {
    const subject = await makeSubject();
    try {
      const disk = await subject.makeDisk(subject.directory);
      const { directory } = subject;
      const spec = { name: 'lab', profile: plain, disk, directory, acceleration: 'tcg' } as const;
      await work(spec, join(directory, 'run'));
    } finally {
      await subject[Symbol.asyncDispose]();
    }
  }

  test('every device of the tables exists in this QEMU', async () => {
    await withSpec(async (spec, runtime) => {
      const driver = new QemuDriver(tools, { runtime });
      const variants: readonly Partial<Profile>[] = [
        { disk: 'ahci', network: 'e1000', display: 'vmware', input: 'usb', chipset: 'q35' },
        { disk: 'nvme', network: 'e1000e', display: 'cirrus', chipset: 'q35' },
        { disk: 'pvscsi', network: 'vmxnet3', firmware: 'uefi', chipset: 'q35' },
        { disk: 'virtio-scsi', network: 'virtio-net', display: 'virtio-gpu', input: 'virtio' },
        { disk: 'ahci', network: 'rtl8139' },
        { network: 'tulip' },
      ];
      const medium = join(spec.directory, 'medium.img');
      await writeFile(medium, labGuestDisk());
      for (const variant of variants) {
        const profile = { ...plain, ...variant };
        await using machine = await driver.create({ ...spec, profile, cdrom: medium, seed: medium, watchdog: true });
        await machine.start(Deadline.in(10));
        expect(machine.state).toBe('running');
      }
    });
  });

  test('a taken port is named', async () => {
    await withSpec(async (spec, runtime) => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      try {
        const driver = new QemuDriver(tools, { runtime });
        await using machine = await driver.create({ ...spec, forwards: [{ guestPort: 22, hostPort: port }] });
        const start = machine.start(Deadline.in(10));
        await expect(start).rejects.toThrow(`port ${port}`);
        await expect(start).rejects.toThrow(Failure);
        expect(machine.state).toBe('off');
      } finally {
        server.close();
      }
    });
  });

  test('a disk that another machine has is named', async () => {
    await withSpec(async (spec, runtime) => {
      const driver = new QemuDriver(tools, { runtime });
      await using first = await driver.create(spec);
      await first.start(Deadline.in(10));
      await using second = await driver.create({ ...spec, name: 'lab-2' });
      await expect(second.start(Deadline.in(10))).rejects.toThrow(/in use by another machine/);
    });
  });

  test("a missing QEMU is the machine's fault", async () => {
    const driver = new QemuDriver({ ...tools, command: ['/nowhere/qemu'] });
    expect(await driver.availability()).toMatchObject({ available: false });
    await expect(driver.version()).rejects.toMatchObject({ status: 3 });
  });

  test('QEMU dies with the process that started it, and its name is free again', async () => {
    await withSpec(async (spec, runtime) => {
      const owner = startInAnotherProcess(spec, runtime, false);
      const pid = await firstLine(owner);
      expect(await identify(pid)).toBeDefined();
      owner.kill('SIGKILL');
      await Deadline.in(5).poll('the end of QEMU', async () =>
        (await identify(pid)) === undefined ? true : undefined,
      );
      await using machine = await new QemuDriver(tools, { runtime }).create(spec);
      expect(machine.state).toBe('off');
    });
  });

  test('a detached machine outlives its starter and can be found, used and stopped', async () => {
    await withSpec(async (spec, runtime) => {
      const owner = startInAnotherProcess(spec, runtime, true);
      const pid = await firstLine(owner);
      await owner;
      const driver = new QemuDriver(tools, { runtime });
      expect(await driver.list()).toMatchObject([{ name: 'lab', hypervisor: { pid } }]);
      await expect(driver.create(spec)).rejects.toThrow(/in use already/);
      {
        await using first = await driver.attach('lab', Deadline.in(5));
        await using second = await driver.attach('lab', Deadline.in(5));
        expect(first.state).toBe('running');
        await Deadline.in(5).poll('the banner', () => first.serial.history.includes('ready') || undefined);
        first.serial.write('C');
        await Deadline.in(5).poll('an answer', () => second.serial.history.includes('count 01') || undefined);
      }
      expect(await driver.list()).toHaveLength(1);
      await using machine = await driver.attach('lab', Deadline.in(5));
      await machine.cutPower();
      expect(await machine.stopped(Deadline.in(5))).toBe('power-cut');
      expect(await driver.list()).toEqual([]);
      await expect(driver.attach('lab', Deadline.in(5))).rejects.toMatchObject({ status: 2 });
    });
  });
});

/** A node process that starts the machine, prints QEMU's process id and, unless detached, stays. */
function startInAnotherProcess(spec: MachineSpec, runtime: string, detached: boolean) {
  const program = `
    const { QemuDriver } = await import(${JSON.stringify(join(import.meta.dirname, 'driver.ts'))});
    const { Deadline } = await import(${JSON.stringify(join(import.meta.dirname, '../../../host/lib/deadline.ts'))});
    const driver = new QemuDriver(${JSON.stringify(tools)}, ${JSON.stringify({ runtime, detached })});
    const machine = await driver.create(${JSON.stringify(spec)});
    await machine.start(Deadline.in(10));
    console.log(machine.processes[0]);
    if (${detached}) await machine[Symbol.asyncDispose]();
    else setInterval(() => {}, 1000);
  `;
  return execa(process.execPath, ['--input-type=module', '--eval', program], { reject: false, buffer: false });
}

async function firstLine(child: ReturnType<typeof startInAnotherProcess>): Promise<number> {
  const [text]: unknown[] = await once(child.nodeChildProcess.stdout ?? child.nodeChildProcess, 'data');
  return Number(String(text));
}
