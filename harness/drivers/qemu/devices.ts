/**
 * A profile's fields as QEMU devices. Tables, so that a new device is a new row.
 */
import type { Capability } from '../../machine/contract.ts';
import type { Profile } from '../../machine/profile.ts';

/** Words of the command line for one device of the disk bus, made for the block node `node`. */
interface DiskBus {
  /** Controllers that the chipset does not have by itself. */
  readonly controller: (chipset: Profile['chipset']) => readonly string[];
  readonly device: (node: string, chipset: Profile['chipset'], index: number) => string;
  /** Whether a read-only hard disk can hang on it; otherwise the seed comes as an optical disc. */
  readonly readOnlyDisks: boolean;
}

export const diskBuses: Readonly<Record<Profile['disk'], DiskBus>> = {
  'virtio-blk': {
    controller: () => [],
    // An optimal size lets Linux read ahead twice as far: a third fewer waits while it starts large programs.
    device: (node) => `virtio-blk-pci,drive=${node},opt_io_size=131072`,
    readOnlyDisks: true,
  },
  'virtio-scsi': {
    controller: () => ['-device', 'virtio-scsi-pci,id=scsi'],
    device: (node, _chipset, index) => `scsi-hd,bus=scsi.0,scsi-id=${index},drive=${node}`,
    readOnlyDisks: true,
  },
  pvscsi: {
    controller: () => ['-device', 'pvscsi,id=scsi'],
    device: (node, _chipset, index) => `scsi-hd,bus=scsi.0,scsi-id=${index},drive=${node}`,
    readOnlyDisks: true,
  },
  ide: {
    controller: () => [],
    device: (node) => `ide-hd,bus=ide.0,drive=${node}`,
    readOnlyDisks: false,
  },
  ahci: {
    // q35 has an AHCI controller of its own, whose ports QEMU calls ide.0 to ide.5.
    controller: (chipset) => (chipset === 'q35' ? [] : ['-device', 'ahci,id=ahci']),
    device: (node, chipset) => `ide-hd,bus=${chipset === 'q35' ? 'ide.0' : 'ahci.0'},drive=${node}`,
    readOnlyDisks: false,
  },
  nvme: {
    controller: () => [],
    device: (node, _chipset, index) => `nvme,serial=panos-${index},drive=${node}`,
    readOnlyDisks: true,
  },
};

/** Where optical drives hang: both chipsets have the bus without being asked. */
export const opticalBuses: Readonly<Record<Profile['chipset'], readonly [string, string]>> = {
  q35: ['bus=ide.1', 'bus=ide.2'],
  i440fx: ['bus=ide.1,unit=0', 'bus=ide.1,unit=1'],
};

export const networkDevices: Readonly<Record<Profile['network'], string>> = {
  'virtio-net': 'virtio-net-pci',
  e1000: 'e1000',
  e1000e: 'e1000e',
  pcnet: 'pcnet',
  rtl8139: 'rtl8139',
  vmxnet3: 'vmxnet3',
  tulip: 'tulip',
};

export const displayDevices: Readonly<Record<Profile['display'], string>> = {
  'virtio-gpu': 'virtio-vga',
  std: 'VGA',
  vmware: 'vmware-svga',
  cirrus: 'cirrus-vga',
};

/** Input devices beside the chipset's PS/2 keyboard and mouse, and what the machine can therefore do. */
export const inputDevices: Readonly<
  Record<Profile['input'], { readonly devices: readonly string[]; readonly capabilities: readonly Capability[] }>
> = {
  virtio: {
    devices: ['virtio-keyboard-pci', 'virtio-mouse-pci', 'virtio-tablet-pci', 'virtio-multitouch-pci'],
    capabilities: ['keyboard', 'pointer-relative', 'pointer-absolute', 'touch'],
  },
  usb: {
    devices: ['qemu-xhci,id=usb', 'usb-kbd,bus=usb.0', 'usb-mouse,bus=usb.0', 'usb-tablet,bus=usb.0'],
    capabilities: ['keyboard', 'pointer-relative', 'pointer-absolute'],
  },
  ps2: { devices: [], capabilities: ['keyboard', 'pointer-relative'] },
};

/** What every QEMU machine can do, whatever its profile. */
const always: readonly Capability[] = [
  'acpi-power-button',
  'reset',
  'serial',
  'screenshot',
  'saved-state',
  'port-forward',
  'network-link',
  'network-tap',
  'provisioning-data',
  'direct-kernel',
];

/** What a machine of this profile can do. */
export const capabilitiesOf = (profile: Profile): ReadonlySet<Capability> =>
  new Set([...always, ...inputDevices[profile.input].capabilities]);

/**
 * Accelerator and processor model. For TCG `max`, `qemu64` and `Nehalem` were compared by QEMU's processor time from power-on
 * to ready, five boots each on a busy machine: 5.4 to 6.8 s, 5.2 to 7.4 s, 5.8 to 8.1 s, which tells none apart, so it is the one
 * with every feature. `host` is what the trial guest of {@link file://./acceleration.ts} ran with.
 */
export const accelerators: Readonly<Record<'kvm' | 'tcg', readonly string[]>> = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'max'],
};
