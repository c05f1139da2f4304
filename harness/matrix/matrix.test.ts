import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../host/lib/failure.ts';
import { closest } from './closest.ts';
import { defaultProfile, listProfiles, loadProfile, parseProfile, unavailableReason } from './profiles.ts';
import { loadSelection, selectionNames } from './selections.ts';

const good = {
  description: 'a machine',
  hypervisor: 'qemu',
  chipset: 'q35',
  firmware: 'bios',
  disk: 'virtio-blk',
  network: 'virtio-net',
  display: 'virtio-gpu',
  input: 'virtio',
  processors: 2,
  memory: 2048,
};

describe('the matrix of this checkout', () => {
  test('is read whole, and covers every hypervisor, firmware, disk bus and network card', async () => {
    const profiles = await listProfiles();
    const values = (field: 'hypervisor' | 'firmware' | 'disk' | 'network' | 'input') =>
      [...new Set(profiles.map((profile) => profile[field]))].sort();
    expect(values('hypervisor')).toEqual(['hyperv', 'qemu', 'virtualbox', 'vmware']);
    expect(values('firmware')).toEqual(['bios', 'uefi']);
    expect(values('disk')).toEqual(['ahci', 'ide', 'nvme', 'pvscsi', 'virtio-blk', 'virtio-scsi']);
    expect(values('network')).toEqual(['e1000', 'e1000e', 'pcnet', 'rtl8139', 'tulip', 'virtio-net', 'vmxnet3']);
    expect(values('input')).toEqual(['ps2', 'usb', 'virtio']);
    expect(profiles.map(({ name }) => name)).toContain(defaultProfile);
  });

  test('every selection names profiles that exist', async () => {
    for (const name of await selectionNames()) expect((await loadSelection(name)).length).toBeGreaterThan(0);
    expect(await loadSelection('all')).toEqual(await listProfiles());
    for (const { hypervisor } of await loadSelection('default')) expect(hypervisor).toBe('qemu');
  });
});

describe('bad input', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'panos-matrix-'));
    await mkdir(join(directory, 'selections'));
    await writeFile(join(directory, 'good.json'), JSON.stringify(good));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('an unknown profile is answered with the closest and all names', async () => {
    const failure = loadProfile('q35-virtoi-uefi');
    await expect(failure).rejects.toThrow(/did you mean q35-virtio-uefi\? Known are .*q35-ahci-e1000/);
    await expect(failure).rejects.toMatchObject({ status: 2 });
    await expect(loadProfile('../package', directory)).rejects.toThrow(
      'there is no profile "../package"; known are good',
    );
  });

  test.each([
    ['memory', '2G'],
    ['disk', 'floppy'],
    ['disk', 'ide'],
    ['processors', 0],
    ['colour', 'red'],
    ['firmware', undefined],
  ])('the field %s, if it is %j, is named with its file', async (field, value) => {
    await writeFile(join(directory, 'bad.json'), JSON.stringify({ ...good, [field]: value }));
    await expect(loadProfile('bad', directory)).rejects.toThrow(`bad.json: field "${field}"`);
    await expect(loadProfile('bad', directory)).rejects.toMatchObject({ status: 1 });
  });

  test('any text gives a profile or a failure that names the file', () => {
    const texts = fc.oneof(fc.string(), fc.json(), fc.constant(JSON.stringify(good)));
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(parseProfile('/somewhere/odd.json', text).name).toBe('odd');
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          expect(String(error)).toContain('/somewhere/odd.json');
        }
      }),
    );
  });

  test('a selection of profiles that do not exist is refused', async () => {
    const path = join(directory, 'selections', 'some.json');
    await writeFile(path, JSON.stringify({ description: 'some', profiles: ['good', 'goood'] }));
    await expect(loadSelection('some', directory)).rejects.toThrow('did you mean good?');
    await expect(loadSelection('none', directory)).rejects.toMatchObject({ status: 2 });
  });
});

test('the closest name is near, or none', () => {
  expect(closest('i440fx-ide-pcnet', ['i440fx-ide-pcnet-bios', 'nvme'])).toBe('i440fx-ide-pcnet-bios');
  expect(closest('zzz', ['nvme', 'q35'])).toBeUndefined();
  expect(closest('zzz', [])).toBeUndefined();
});

test('a profile is available with a driver that is', async () => {
  const profile = { ...parseProfile('here.json', JSON.stringify(good)) };
  const driver = (name: string, reason?: string) => ({
    name,
    availability: async () =>
      reason === undefined ? { available: true as const } : { available: false as const, reason },
  });
  expect(await unavailableReason(profile, driver('vmware'), driver('qemu'))).toBeUndefined();
  expect(await unavailableReason(profile, driver('qemu', 'no QEMU'))).toBe('no QEMU');
  expect(await unavailableReason({ ...profile, hypervisor: 'hyperv' }, driver('qemu'))).toMatch(/needs Hyper-V/);
});
