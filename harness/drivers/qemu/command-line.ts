import { LabError, type MachineSpec, type NetworkAttachment } from '../../machine/contract.ts';
import { enterNamespace } from '../../machine/enter-namespace.ts';
import { accelerators, diskBuses, displayDevices, inputDevices, networkDevices, opticalBuses } from './devices.ts';
import type { QemuTools } from './tools.ts';

/** Monitors that other processes may connect to; each serves one client at a time. */
export const visitorMonitors = 3;

/** Files and sockets of one start of a machine. */
export interface MachinePaths {
  /** Folder of the sockets that other processes use. */
  readonly sockets: string;
  readonly serialLog: string;
  /** Copy of the UEFI variable store that belongs to this machine. */
  readonly uefiVars: string;
  /** Provisioning key → file that holds its value. */
  readonly provisioning: Readonly<Record<string, string>>;
}

/** File descriptors that QEMU inherits: its monitor and its serial line, each one end of a socket pair. */
export interface InheritedDescriptors {
  readonly monitor: number;
  readonly serial: number;
}

export const visitorMonitorPath = (sockets: string, index: number): string => `${sockets}/monitor-${index}.sock`;
export const visitorSerialPath = (sockets: string): string => `${sockets}/serial.sock`;

/** In QEMU's option syntax a comma inside a value is written twice. */
const escaped = (value: string): string => value.replaceAll(',', ',,');

/**
 * The options of `qemu-system-x86_64` for one machine, without the program itself. Pure: the same specification and
 * paths give the same words. The machine starts stopped (`-S`), so that nobody misses its first byte.
 */
export function commandLine(
  spec: MachineSpec,
  paths: MachinePaths,
  tools: Pick<QemuTools, 'firmware' | 'dataDirectories'>,
  options: { readonly descriptors: InheritedDescriptors; readonly incoming?: boolean },
): string[] {
  const { profile } = spec;
  return [
    ...['-name', `panos-${spec.name}`, '-nodefaults', '-no-user-config', '-S', '-display', 'none'],
    ...tools.dataDirectories.flatMap((directory) => ['-L', directory]),
    // vmport off: with it a PS/2 mouse silently becomes VMware's absolute pointer.
    ...['-machine', `${profile.chipset === 'q35' ? 'q35' : 'pc'},vmport=off`, ...accelerators[spec.acceleration]],
    ...['-smp', String(profile.processors), '-m', `${profile.memory}M`, '-rtc', `base=${spec.clock ?? 'utc'}`],
    ...['-action', 'panic=none,watchdog=reset'],
    ...firmware(spec, paths, tools),
    ...disks(spec),
    ...network(spec),
    ...['-device', displayDevices[profile.display]],
    ...inputDevices[profile.input].devices.flatMap((device) => ['-device', device]),
    ...['-device', 'virtio-rng-pci', '-device', 'pvpanic-pci'],
    ...(spec.watchdog === true ? ['-device', 'i6300esb'] : []),
    ...Object.entries(paths.provisioning).flatMap(([key, file]) => [
      '-fw_cfg',
      `name=opt/org.panos/${key},file=${escaped(file)}`,
    ]),
    ...(spec.kernel === undefined ? [] : ['-kernel', spec.kernel.image, '-append', spec.kernel.commandLine]),
    ...monitors(paths, options.descriptors),
    ...serial(paths, options.descriptors),
    ...(options.incoming === true ? ['-incoming', 'defer'] : []),
  ];
}

function firmware(spec: MachineSpec, paths: MachinePaths, tools: Pick<QemuTools, 'firmware'>): string[] {
  if (spec.profile.firmware === 'bios') return [];
  return [
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(tools.firmware.uefiCode)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${escaped(paths.uefiVars)}`],
  ];
}

function disks(spec: MachineSpec): string[] {
  const { chipset } = spec.profile;
  const bus = diskBuses[spec.profile.disk];
  const [firstOptical, secondOptical] = opticalBuses[chipset];
  // A disc is given to be booted, so it comes before the disk; place 0 belongs to a kernel given with `-kernel`.
  const order = spec.cdrom === undefined ? { disk: 1, disc: 2 } : { disk: 2, disc: 1 };
  const words = [
    ...bus.controller(chipset),
    ...(spec.writeLog === undefined
      ? blockNode('disk', spec.disk.format, spec.disk.path, false)
      : recordedNode('disk', spec.disk.format, spec.disk.path, spec.writeLog)),
    ...['-device', `${bus.device('disk', chipset, 0)},bootindex=${order.disk}`],
  ];
  if (spec.cdrom !== undefined) {
    words.push(...blockNode('disc', 'raw', spec.cdrom, true));
    words.push('-device', `ide-cd,${firstOptical},drive=disc,bootindex=${order.disc}`);
  }
  if (spec.seed !== undefined) {
    words.push(...blockNode('seed', 'raw', spec.seed, true));
    words.push('-device', bus.readOnlyDisks ? bus.device('seed', chipset, 1) : `ide-cd,${secondOptical},drive=seed`);
  }
  return words;
}

function blockNode(name: string, format: string, path: string, readOnly: boolean): string[] {
  const file = { driver: 'file', filename: path, 'read-only': readOnly };
  return ['-blockdev', JSON.stringify({ driver: format, 'node-name': name, 'read-only': readOnly, file })];
}

/** The number of entries is brought up to date with each write: QEMU will not get to do it at its end. */
function recordedNode(name: string, format: string, path: string, log: string): string[] {
  const node = {
    driver: 'blklogwrites',
    'node-name': name,
    'log-super-update-interval': 1,
    file: { driver: format, file: { driver: 'file', filename: path } },
    log: { driver: 'file', filename: log },
  };
  return ['-blockdev', JSON.stringify(node)];
}

function network(spec: MachineSpec): string[] {
  const networks = spec.networks ?? [{ kind: 'user' }];
  const forwarding = networks.findIndex(({ kind }) => kind === 'user');
  if ((spec.forwards ?? []).length > 0 && forwarding < 0) {
    throw new LabError(`machine ${spec.name} hangs on no network of QEMU's own, so no port can be forwarded to it`);
  }
  const forwards = (spec.forwards ?? []).map(
    ({ hostPort, guestPort }) => `,hostfwd=tcp:127.0.0.1:${hostPort}-:${guestPort}`,
  );
  return networks.flatMap((attachment, index) => [
    ...netdevs(attachment, index, index === forwarding ? forwards : []).flatMap((netdev) => ['-netdev', netdev]),
    '-device',
    // No option ROM: nobody boots from the network, and its initialisation costs boot time.
    `${networkDevices[spec.profile.network]},id=nic${index},netdev=net${index},mac=${macAddress(index)},romfile=`,
  ]);
}

/** Ethernet address of a network card, from the range that QEMU's project uses. */
const macAddress = (index: number): string => `52:54:00:12:34:${(0x56 + index).toString(16).padStart(2, '0')}`;

/** Everything between a network card, which looks for `net` and its number, and where its frames go. */
function netdevs(attachment: NetworkAttachment, index: number, forwards: readonly string[]): string[] {
  if (attachment.kind === 'user') return [`user,id=net${index}${forwards.join('')}`];
  const { device, offloads = false, cable } = attachment;
  // Without a header that tells what is still to be done to a frame, the guest has to finish each one itself.
  const header = offloads ? '' : ',vnet_hdr=off';
  const tap = (id: string) => `tap,id=${id},ifname=${device},script=no,downscript=no${header}`;
  if (cable === undefined) return [tap(`net${index}`)];
  const end = (id: string, path: string) => `stream,id=${id},server=off,addr.type=unix,addr.path=${escaped(path)}`;
  return [
    end(`net${index}`, cable.near),
    ...[end(`far${index}`, cable.far), tap(`tap${index}`)],
    // QEMU connects two back ends by a hub only.
    ...[`far${index}`, `tap${index}`].map((id) => `hubport,id=hub-${id},hubid=${index},netdev=${id}`),
  ];
}

/**
 * Words that make QEMU run where its tap devices are. Sockets and files that it inherits or opens do not care.
 * @throws LabError when the devices lie in several namespaces
 */
export function enterWords({ name, networks = [] }: Pick<MachineSpec, 'name' | 'networks'>): readonly string[] {
  const namespaces = networks.flatMap((attachment) => (attachment.kind === 'tap' ? [attachment.namespace] : []));
  const [first] = namespaces;
  if (first === undefined) return [];
  if (namespaces.some((other) => other.process !== first.process)) {
    throw new LabError(`machine ${name} cannot hang on tap devices of several network namespaces`);
  }
  return enterNamespace(first);
}

function monitors(paths: MachinePaths, descriptors: InheritedDescriptors): string[] {
  const visitors = Array.from({ length: visitorMonitors }, (_, index) => [
    ...['-chardev', socketServer(`monitor${index}`, visitorMonitorPath(paths.sockets, index))],
    ...['-mon', `chardev=monitor${index},mode=control`],
  ]);
  return [
    ...['-chardev', `socket,id=monitor,fd=${descriptors.monitor}`, '-mon', 'chardev=monitor,mode=control'],
    ...visitors.flat(),
  ];
}

/** One line with two far ends: ours, and one for whoever attaches later. Everything is logged, connected or not. */
function serial(paths: MachinePaths, descriptors: InheritedDescriptors): string[] {
  return [
    ...['-chardev', `socket,id=serial-owner,fd=${descriptors.serial}`],
    ...['-chardev', socketServer('serial-visitor', visitorSerialPath(paths.sockets))],
    // The log belongs to the hub: a socket's own log misses what comes while nobody is connected to it.
    '-chardev',
    `hub,id=serial,chardevs.0=serial-owner,chardevs.1=serial-visitor,logfile=${escaped(paths.serialLog)},logappend=on`,
    ...['-serial', 'chardev:serial'],
  ];
}

const socketServer = (id: string, path: string): string => `socket,id=${id},path=${escaped(path)},server=on,wait=off`;
