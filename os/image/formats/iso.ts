/**
 * The optical disc: the same root file system as an ISO 9660 volume that the kernel mounts directly, started by GRUB,
 * since neither firmware can start a kernel from a disc with the command line that this takes.
 */
import { copyFile, mkdir, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Toolbox } from '../../../host/toolbox/toolbox.ts';
import { fileSystems, partitionBytes } from '../layout.ts';

export interface IsoInput {
  /** The raw disk image, whose system slot A becomes the disc's root. */
  readonly disk: string;
  /** The kernel's file on the host. */
  readonly kernel: string;
}

/** Where the kernel is on the disc. */
const kernelPath = 'panos/kernel';

/** Words of the kernel's command line that differ from those of the disk. */
const words = 'root=/dev/sr0 rootfstype=iso9660';

const script = (search: string): string => `${search}linux /${kernelPath} ${words}\nboot\n`;

const starts = {
  bios: {
    target: 'i386-pc-eltorito',
    folder: 'i386-pc',
    modules: ['biosdisk', 'iso9660', 'linux'],
    // The BIOS says which drive it started from.
    script: script(''),
  },
  uefi: {
    target: 'x86_64-efi',
    folder: 'x86_64-efi',
    modules: ['iso9660', 'linux', 'search_fs_file'],
    script: script(`search.file /${kernelPath} root\n`),
  },
} as const;

/** Room for GRUB on the disc's EFI system partition, in KiB. */
const efiPartitionKib = 4096;

/** Writes the disc image to `target`, which appears whole or not at all. The same disk gives the same bytes. */
export async function makeIso(toolbox: Toolbox, { disk, kernel }: IsoInput, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(join(dirname(target), '.iso-'));
  const env = { SOURCE_DATE_EPOCH: String(Math.floor(toolbox.date.getTime() / 1000)) };
  try {
    const tree = join(work, 'tree');
    const { offset } = partitionBytes('panos-system-a');
    await toolbox.run('fsck.erofs', [`--extract=${tree}`, '--no-preserve-owner', `--offset=${offset}`, '-d0', disk]);
    await mkdir(join(tree, dirname(kernelPath)), { recursive: true });
    await copyFile(kernel, join(tree, kernelPath));
    await grub(toolbox, work, 'bios', join(tree, 'panos/eltorito.img'));
    await efiPartition(toolbox, work, join(tree, 'panos/efi.img'), env);
    const unfinished = join(work, 'panos.iso');
    await toolbox.run(
      'xorriso',
      [
        ...['-as', 'mkisofs', '-quiet', '-r', '-V', 'PANOS', '-o', unfinished],
        ...['-b', 'panos/eltorito.img', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'],
        ...['-eltorito-alt-boot', '-e', 'panos/efi.img', '-no-emul-boot'],
        ...['--set_all_file_dates', `=${env.SOURCE_DATE_EPOCH}`, `--modification-date=${isoDate(toolbox.date)}`],
        ...['--gpt_disk_guid', fileSystems.system.uuid],
        tree,
      ],
      { env },
    );
    await rename(unfinished, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function grub(toolbox: Toolbox, work: string, start: keyof typeof starts, target: string): Promise<void> {
  const { target: format, folder, modules, script: text } = starts[start];
  const configuration = join(work, `${start}.cfg`);
  await writeFile(configuration, text);
  const directory = toolbox.path(`usr/lib/grub/${folder}`);
  const options = ['-d', directory, '-O', format, '-p', '/panos', '-c', configuration, '-o', target];
  await toolbox.run('grub-mkimage', [...options, ...modules]);
}

/** A small FAT volume with GRUB where UEFI firmware looks for it (UEFI 2.10, section 3.5.1.1). */
async function efiPartition(
  toolbox: Toolbox,
  work: string,
  target: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const program = join(work, 'bootx64.efi');
  await grub(toolbox, work, 'uefi', program);
  await writeFile(target, '');
  await truncate(target, efiPartitionKib * 1024);
  await toolbox.run('mkfs.fat', ['--invariant', '-i', 'a1b20002', target], { env });
  await toolbox.run('mmd', ['-i', target, '::/EFI', '::/EFI/BOOT'], { env });
  await toolbox.run('mcopy', ['-i', target, program, '::/EFI/BOOT/BOOTX64.EFI'], { env });
}

/** `YYYYMMDDhhmmsscc`, as ECMA-119 writes dates. */
const isoDate = (date: Date): string => `${date.toISOString().replaceAll(/\D/g, '').slice(0, 14)}00`;
