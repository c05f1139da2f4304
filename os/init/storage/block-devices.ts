import { readdirSync, readFileSync } from 'node:fs';

/** A block device of the running system: a disk or a partition. */
export interface BlockDevice {
  /** `/dev/vda3` */
  readonly path: string;
  /** The partition's name in its GPT, if it is a partition of one. */
  readonly partitionName: string | undefined;
  /** Bytes. */
  readonly size: number;
}

const folder = '/sys/class/block';

/** The variables of a `uevent` file: one `KEY=value` a line. */
export function parseUevent(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\n').map((line) => /^([A-Z_0-9]+)=(.*)$/.exec(line));
  return new Map(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', pair[2] ?? ''] as const])));
}

/** All disks and partitions that have a medium, in the kernel's order of names. */
export function blockDevices(): readonly BlockDevice[] {
  return readdirSync(folder)
    .filter((name) => !/^(loop|ram|zram|nbd|fd)\d/.test(name))
    .sort()
    .flatMap((name) => {
      try {
        const variables = parseUevent(readFileSync(`${folder}/${name}/uevent`, 'utf8'));
        // Sectors of 512 bytes, whatever the disk's own size is: Documentation/ABI/stable/sysfs-block.
        const size = Number(readFileSync(`${folder}/${name}/size`, 'utf8')) * 512;
        const path = `/dev/${variables.get('DEVNAME') ?? name}`;
        return size > 0 ? [{ path, partitionName: variables.get('PARTNAME'), size }] : [];
      } catch {
        return [];
      }
    });
}
