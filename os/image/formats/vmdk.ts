import type { FileHandle } from 'node:fs/promises';
import { readExactly } from './read-exactly.ts';
import type { Seed } from './seed.ts';

// VMware, Virtual Disk Format 1.1, "Hosted Sparse Extents": SparseExtentHeader. Positions in sectors of 512 bytes.
const descriptorOffsetAt = 28;
const descriptorSizeAt = 36;
const sector = 512;

/** Gives a sparse VMDK image a content identifier that follows from its content. Its embedded descriptor is text. */
export async function settleVmdk(file: FileHandle, seed: Seed): Promise<void> {
  const header = await readExactly(file, 0, sector);
  if (header.toString('latin1', 0, 4) !== 'KDMV') throw new Error('not a sparse VMDK image');
  const offset = Number(header.readBigUInt64LE(descriptorOffsetAt)) * sector;
  const size = Number(header.readBigUInt64LE(descriptorSizeAt)) * sector;
  const old = (await readExactly(file, offset, size)).toString('latin1').replace(/\0.*$/s, '');
  const text = settleDescriptor(old, seed);
  const descriptor = Buffer.alloc(size);
  if (descriptor.write(text, 'latin1') !== text.length) throw new Error('the VMDK descriptor outgrew its place');
  await file.write(descriptor, 0, size, offset);
}

/** A descriptor with another content identifier. 0xfffffffe and 0xffffffff mean "none" and are avoided. */
export function settleDescriptor(text: string, seed: Seed): string {
  if (!/^CID=[0-9a-f]+$/m.test(text)) throw new Error('the VMDK descriptor has no content identifier');
  const identifier = (seed.bytes('vmdk content', 4).readUInt32BE() & 0x7fffffff).toString(16).padStart(8, '0');
  return text.replace(/^CID=[0-9a-f]+$/m, `CID=${identifier}`);
}
