import { type Partition, partitionTypes, sectorSize } from './gpt.ts';

const mebibyte = 1024 * 1024;

/** The disk of the product: what is where, in MiB. Identifiers are fixed, so that the same inputs give the same bytes. */
const plan = [
  ['panos-bios', partitionTypes.biosBoot, '5a1f0c5e-8d0e-4b6e-9c57-6f9e0b1d0001', 1],
  ['panos-esp', partitionTypes.efiSystem, '5a1f0c5e-8d0e-4b6e-9c57-6f9e0b1d0002', 320],
  ['panos-system-a', partitionTypes.linuxRootAmd64, '5a1f0c5e-8d0e-4b6e-9c57-6f9e0b1d0003', 1024],
  ['panos-system-b', partitionTypes.linuxRootAmd64, '5a1f0c5e-8d0e-4b6e-9c57-6f9e0b1d0004', 1024],
  ['panos-data', partitionTypes.linuxData, '5a1f0c5e-8d0e-4b6e-9c57-6f9e0b1d0005', 1024],
] as const;

export type PartitionName = (typeof plan)[number][0];

export const diskId = '5a1f0c5e-8d0e-4b6e-9c57-6f9e0b1d0000';

const sectorsPerMebibyte = mebibyte / sectorSize;

/** The partitions, aligned to 1 MiB, in disk order. */
export const partitions: readonly Partition[] = plan.map(([name, type, id, size], index) => {
  const before = plan.slice(0, index).reduce((sum, [, , , each]) => sum + each, 1);
  return { name, type, id, start: before * sectorsPerMebibyte, sectors: size * sectorsPerMebibyte };
});

/** Sectors of the whole disk: one MiB at the end is for the backup table. */
export const diskSectors =
  partitions.reduce((end, each) => Math.max(end, each.start + each.sectors), 0) + sectorsPerMebibyte;

/** Where a partition lies, in bytes. */
export function partitionBytes(name: PartitionName): { readonly offset: number; readonly size: number } {
  const partition = partitions.find((each) => each.name === name);
  if (!partition) throw new TypeError(`no partition ${name}`);
  return { offset: partition.start * sectorSize, size: partition.sectors * sectorSize };
}

/** Identifiers and labels of the file systems; fixed for the same reason. */
export const fileSystems = {
  esp: { serial: 'a1b20001', label: 'PANOS' },
  system: { uuid: '5a1f0c5e-8d0e-4b6e-9c57-6f9e0b1d1003', label: 'panos-system' },
  data: {
    uuid: '5a1f0c5e-8d0e-4b6e-9c57-6f9e0b1d1005',
    hashSeed: '5a1f0c5e-8d0e-4b6e-9c57-6f9e0b1d2005',
    label: 'panos-data',
  },
} as const;
