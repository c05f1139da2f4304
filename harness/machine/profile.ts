/** A machine profile: hardware as data, read from `vm-matrix/*.json` by `harness/matrix`. */
export interface Profile {
  /** The file's name without extension: `q35-virtio-uefi`. */
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  readonly hypervisor: 'qemu' | 'virtualbox' | 'hyperv' | 'vmware';
  readonly chipset: 'q35' | 'i440fx';
  readonly firmware: 'uefi' | 'bios';
  readonly disk: 'virtio-blk' | 'virtio-scsi' | 'ide' | 'ahci' | 'pvscsi' | 'nvme';
  readonly network: 'virtio-net' | 'e1000' | 'e1000e' | 'pcnet' | 'rtl8139' | 'vmxnet3' | 'tulip';
  readonly display: 'virtio-gpu' | 'std' | 'vmware' | 'cirrus';
  readonly input: 'virtio' | 'usb' | 'ps2';
  /** Processors. */
  readonly processors: number;
  /** Mebibytes. */
  readonly memory: number;
}
