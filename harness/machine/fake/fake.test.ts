import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContractSubject, describeMachineContract } from '../contract.cases.ts';
import type { Profile } from '../profile.ts';
import { FakeDriver } from './fake-driver.ts';
import { FakeMachine } from './fake-machine.ts';
import { LabGuest } from './lab-guest.ts';

const plain: Profile = {
  name: 'plain',
  description: 'a fake with little input',
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

async function makeSubject(): Promise<ContractSubject> {
  const directory = await mkdtemp(join(tmpdir(), 'panos-fake-'));
  const driver = new FakeDriver((surroundings) => new LabGuest(surroundings));
  return {
    driver,
    directory,
    profiles: { plain, full: { ...plain, disk: 'virtio-blk', input: 'virtio' } },
    kernel: 'a kernel',
    makeDisk: async (folder) => ({ path: join(folder, 'disk.img'), format: 'raw' }),
    crash: async (machine) => {
      if (machine instanceof FakeMachine) machine.crash();
    },
    leftovers: async (name) => [...driver.names].filter((taken) => taken === name),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

describeMachineContract('fake', makeSubject);
