import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Toolbox } from '../../../host/toolbox/toolbox.ts';

const mebibyte = 1024 * 1024;
const sectorSize = 512;

/** Where things lie on the disk, in mebibytes. The first is left to the boot loader. */
const layout = { esp: { at: 1, size: 64 }, root: { at: 65, size: 959 } } as const;

/** The disk's signature: the kernel names partitions by it (`PARTUUID=70616e6f-02`). */
const signature = 0x70616e6f;
const rootPartition = `${signature.toString(16)}-02`;

/**
 * Makes a disk that BIOS and UEFI firmware start alike: GRUB, its configuration built in, loads the kernel and the
 * initrd that the root file system has as `/vmlinuz` and `/initrd.img`. No loop devices, nothing is mounted.
 * @param tree the root file system's files, with the owners that they shall have
 * @param scratch a folder for what comes in between
 */
export async function makeDisk(
  toolbox: Toolbox,
  tree: string,
  commandLine: string,
  scratch: string,
  target: string,
): Promise<void> {
  const configuration = join(scratch, 'grub.cfg');
  await using disk = await open(target, 'wx+');
  await disk.truncate((layout.root.at + layout.root.size) * mebibyte);

  const root = ['-E', `offset=${layout.root.at * mebibyte}`, target, `${layout.root.size * 1024}k`];
  await toolbox.run('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', tree, ...root]);

  await using grub = await open(configuration, 'w');
  await grub.writeFile(
    `set root=(hd0,msdos2)\nlinux /vmlinuz root=PARTUUID=${rootPartition} ${commandLine}\ninitrd /initrd.img\nboot\n`,
  );
  const uefi = await grubImage(toolbox, 'x86_64-efi', [], configuration, scratch);
  const esp = ['-i', `${target}@@${layout.esp.at * mebibyte}`];
  await toolbox.run('mformat', [...esp, '-F', '-T', String((layout.esp.size * mebibyte) / sectorSize), '::']);
  await toolbox.run('mmd', [...esp, '::EFI', '::EFI/BOOT']);
  await toolbox.run('mcopy', [...esp, uefi, '::EFI/BOOT/BOOTX64.EFI']);

  // GRUB's first sector looks for the rest in the second one by itself.
  const boot = await readFile(toolbox.path('usr/lib/grub/i386-pc/boot.img'));
  await disk.write(masterBootRecord(boot), 0, sectorSize, 0);
  const core = await readFile(await grubImage(toolbox, 'i386-pc', ['biosdisk'], configuration, scratch));
  if (core.length > layout.esp.at * mebibyte - sectorSize) throw new Error('GRUB does not fit before the partitions');
  await disk.write(core, 0, core.length, sectorSize);
}

async function grubImage(
  toolbox: Toolbox,
  platform: 'i386-pc' | 'x86_64-efi',
  modules: readonly string[],
  configuration: string,
  scratch: string,
): Promise<string> {
  const target = join(scratch, `grub-${platform}`);
  const folder = toolbox.path(`usr/lib/grub/${platform}`);
  await toolbox.run('grub-mkimage', [
    ...['-d', folder, '-O', platform, '-c', configuration, '-p', '/boot/grub', '-o', target],
    ...['part_msdos', 'ext2', 'linux', ...modules],
  ]);
  return target;
}

/** A boot sector with our partition table in it: an EFI system partition (0xEF) and Linux (0x83), both beyond CHS. */
export function masterBootRecord(boot: Uint8Array): Buffer {
  const sector = Buffer.alloc(sectorSize);
  sector.set(boot.subarray(0, 440));
  sector.writeUInt32LE(signature, 440);
  const beyond = [0xfe, 0xff, 0xff];
  for (const [index, [type, { at, size }]] of (
    [
      [0xef, layout.esp],
      [0x83, layout.root],
    ] as const
  ).entries()) {
    const entry = sector.subarray(446 + 16 * index);
    entry[0] = type === 0x83 ? 0x80 : 0;
    entry.set(beyond, 1);
    entry[4] = type;
    entry.set(beyond, 5);
    entry.writeUInt32LE((at * mebibyte) / sectorSize, 8);
    entry.writeUInt32LE((size * mebibyte) / sectorSize, 12);
  }
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
