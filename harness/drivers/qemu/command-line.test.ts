import { expect, test } from 'vitest';
import { LabError, type MachineSpec } from '../../machine/contract.ts';
import type { Profile } from '../../machine/profile.ts';
import { commandLine, enterWords } from './command-line.ts';
import { capabilitiesOf, diskBuses, displayDevices, inputDevices, networkDevices } from './devices.ts';

const profile: Profile = {
  name: 'q35-virtio-uefi',
  description: 'virtio',
  hypervisor: 'qemu',
  chipset: 'q35',
  firmware: 'uefi',
  disk: 'virtio-blk',
  network: 'virtio-net',
  display: 'virtio-gpu',
  input: 'virtio',
  processors: 2,
  memory: 2048,
};
const spec: MachineSpec = {
  name: 'one',
  profile,
  disk: { path: '/machines/a, b/disk.qcow2', format: 'qcow2' },
  directory: '/machines',
  acceleration: 'tcg',
};
const paths = {
  sockets: '/run/one',
  serialLog: '/machines/a, b/serial.log',
  uefiVars: '/machines/vars,1.fd',
  provisioning: {},
};
const tools = {
  firmware: { uefiCode: '/fw/code.fd', uefiVars: '/fw/vars.fd' },
  dataDirectories: ['/share/qemu', '/share/seabios'],
};
const descriptors = { monitor: 3, serial: 4 };

const words = (changes: Partial<MachineSpec> = {}, more: Partial<Profile> = {}, incoming = false) =>
  commandLine({ ...spec, ...changes, profile: { ...profile, ...more } }, paths, tools, { descriptors, incoming });
/** The values of one option. */
const valuesOf = (list: readonly string[], option: string) => list.filter((_, index) => list[index - 1] === option);
const drivers = (list: readonly string[]) => valuesOf(list, '-device').map((value) => value.split(',')[0]);

test('a virtio machine with UEFI', () => {
  const list = words();
  expect(valuesOf(list, '-machine')).toEqual(['q35,vmport=off']);
  expect(valuesOf(list, '-smp')).toEqual(['2']);
  expect(valuesOf(list, '-m')).toEqual(['2048M']);
  expect(valuesOf(list, '-L')).toEqual(['/share/qemu', '/share/seabios']);
  expect(list).toContain('-S');
  expect(drivers(list)).toEqual([
    'virtio-blk-pci',
    'virtio-net-pci',
    'virtio-vga',
    'virtio-keyboard-pci',
    'virtio-mouse-pci',
    'virtio-tablet-pci',
    'virtio-multitouch-pci',
    'virtio-rng-pci',
    'pvpanic-pci',
  ]);
  expect(list).not.toContain('-incoming');
});

test('commas in paths cannot become options', () => {
  const list = words();
  expect(valuesOf(list, '-drive')).toEqual([
    'if=pflash,unit=0,format=raw,readonly=on,file=/fw/code.fd',
    'if=pflash,unit=1,format=raw,file=/machines/vars,,1.fd',
  ]);
  expect(valuesOf(list, '-chardev').at(-1)).toContain('logfile=/machines/a,, b/serial.log,');
  expect(JSON.parse(valuesOf(list, '-blockdev')[0] ?? '')).toEqual({
    driver: 'qcow2',
    'node-name': 'disk',
    'read-only': false,
    file: { driver: 'file', filename: '/machines/a, b/disk.qcow2', 'read-only': false },
  });
});

test('BIOS has no flash, and no profile field is ignored', () => {
  expect(words({}, { firmware: 'bios' })).not.toContain('-drive');
  for (const disk of Object.keys(diskBuses) as Profile['disk'][]) {
    expect(
      valuesOf(words({}, { disk, chipset: 'i440fx' }), '-device').some((value) => value.includes('drive=disk')),
    ).toBe(true);
  }
  for (const network of Object.keys(networkDevices) as Profile['network'][]) {
    expect(drivers(words({}, { network }))).toContain(networkDevices[network]);
  }
  for (const display of Object.keys(displayDevices) as Profile['display'][]) {
    expect(drivers(words({}, { display }))).toContain(displayDevices[display]);
  }
  expect(drivers(words({}, { input: 'usb' }))).toEqual(
    expect.arrayContaining(['qemu-xhci', 'usb-kbd', 'usb-mouse', 'usb-tablet']),
  );
  expect(drivers(words({}, { input: 'ps2' })).filter((driver) => driver?.includes('mouse'))).toEqual([]);
});

test('an AHCI disk uses the controller that is there', () => {
  expect(drivers(words({}, { disk: 'ahci', chipset: 'q35' }))).not.toContain('ahci');
  expect(drivers(words({}, { disk: 'ahci', chipset: 'i440fx' }))).toContain('ahci');
});

test('a disc is booted before the disk; the seed is read-only wherever it hangs', () => {
  const list = words({ cdrom: '/iso', seed: '/seed' }, { disk: 'ide', chipset: 'i440fx' });
  expect(valuesOf(list, '-device').slice(0, 3)).toEqual([
    'ide-hd,bus=ide.0,drive=disk,bootindex=2',
    'ide-cd,bus=ide.1,unit=0,drive=disc,bootindex=1',
    'ide-cd,bus=ide.1,unit=1,drive=seed',
  ]);
  expect(valuesOf(words({ seed: '/seed' }), '-device')[1]).toMatch(/^virtio-blk-pci,drive=seed,/);
  for (const medium of valuesOf(list, '-blockdev').slice(1)) expect(JSON.parse(medium)['read-only']).toBe(true);
});

test('what is asked for beside the profile', () => {
  const list = words({
    kernel: { image: '/bzImage', commandLine: 'panos.safe a,b' },
    watchdog: true,
    forwards: [{ guestPort: 22, hostPort: 0 }],
    acceleration: 'kvm',
  });
  expect(valuesOf(list, '-kernel')).toEqual(['/bzImage']);
  expect(valuesOf(list, '-append')).toEqual(['panos.safe a,b']);
  expect(drivers(list)).toContain('i6300esb');
  expect(valuesOf(list, '-netdev')).toEqual(['user,id=net0,hostfwd=tcp:127.0.0.1:0-:22']);
  expect(valuesOf(list, '-accel')).toEqual(['kvm']);
  expect(valuesOf(words({}, {}, true), '-incoming')).toEqual(['defer']);
});

test('network cards: one on its own network unless something else is asked for', () => {
  expect(valuesOf(words(), '-netdev')).toEqual(['user,id=net0']);
  const namespace = { process: 77, user: false };
  const networks = [
    { kind: 'tap', device: 'tap0', namespace },
    { kind: 'user' },
    { kind: 'tap', device: 'tap1', namespace, offloads: true },
  ] as const;
  const list = words({ networks, forwards: [{ guestPort: 22, hostPort: 0 }] }, { network: 'e1000' });
  expect(valuesOf(list, '-netdev')).toEqual([
    'tap,id=net0,ifname=tap0,script=no,downscript=no,vnet_hdr=off',
    'user,id=net1,hostfwd=tcp:127.0.0.1:0-:22',
    'tap,id=net2,ifname=tap1,script=no,downscript=no',
  ]);
  expect(valuesOf(list, '-device').filter((device) => device.startsWith('e1000,'))).toEqual([
    'e1000,id=nic0,netdev=net0,mac=52:54:00:12:34:56,romfile=',
    'e1000,id=nic1,netdev=net1,mac=52:54:00:12:34:57,romfile=',
    'e1000,id=nic2,netdev=net2,mac=52:54:00:12:34:58,romfile=',
  ]);
  expect(() => words({ networks: networks.slice(0, 1), forwards: [{ guestPort: 22, hostPort: 0 }] })).toThrow(LabError);
});

test('a cable lies between card and tap device', () => {
  const cable = { near: '/c/near,1', far: '/c/far' };
  const networks = [{ kind: 'tap', device: 'tap0', namespace: { process: 77, user: false }, cable }] as const;
  expect(valuesOf(words({ networks }), '-netdev')).toEqual([
    'stream,id=net0,server=off,addr.type=unix,addr.path=/c/near,,1',
    'stream,id=far0,server=off,addr.type=unix,addr.path=/c/far',
    'tap,id=tap0,ifname=tap0,script=no,downscript=no,vnet_hdr=off',
    'hubport,id=hub-far0,hubid=0,netdev=far0',
    'hubport,id=hub-tap0,hubid=0,netdev=tap0',
  ]);
});

test('QEMU runs where its tap devices are', () => {
  const tap = (process: number, user: boolean) =>
    ({ kind: 'tap', device: 'tap0', namespace: { process, user } }) as const;
  expect(enterWords({ name: 'one' })).toEqual([]);
  expect(enterWords({ name: 'one', networks: [{ kind: 'user' }, tap(77, false)] })).toEqual([
    ...['nsenter', '--target=77', '--net', '--'],
  ]);
  expect(enterWords({ name: 'one', networks: [tap(77, true)] })).toContain('--user');
  expect(() => enterWords({ name: 'one', networks: [tap(77, false), tap(78, false)] })).toThrow(/several/);
});

test('the clock of a machine may be wrong', () => {
  expect(valuesOf(words(), '-rtc')).toEqual(['base=utc']);
  expect(valuesOf(words({ clock: '2026-01-31T12:00:00' }), '-rtc')).toEqual(['base=2026-01-31T12:00:00']);
});

test('capabilities follow the input devices', () => {
  const of = (input: Profile['input']) => capabilitiesOf({ ...profile, input });
  expect(of('virtio').has('touch')).toBe(true);
  expect(of('usb').has('touch')).toBe(false);
  expect(of('usb').has('pointer-absolute')).toBe(true);
  expect(of('ps2').has('pointer-absolute')).toBe(false);
  for (const input of Object.keys(inputDevices) as Profile['input'][])
    expect(of(input).has('pointer-relative')).toBe(true);
});
