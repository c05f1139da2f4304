import type { FileHandle } from 'node:fs/promises';
import { readExactly } from './read-exactly.ts';
import type { Seed } from './seed.ts';

// VirtualBox: src/VBox/Storage/VDICore.h (VDIPREHEADER, VDIHEADER1)
const signatureAt = 64;
const signature = 0xbeda107f;
const imageUuidAt = 392;
const modificationUuidAt = 408;

/** Gives a VDI image identifiers that follow from its content. */
export async function settleVdi(file: FileHandle, seed: Seed): Promise<void> {
  const header = await readExactly(file, 0, 512);
  if (header.readUInt32LE(signatureAt) !== signature) throw new Error('not a VDI image');
  await file.write(seed.uuid('vdi image'), 0, 16, imageUuidAt);
  await file.write(seed.uuid('vdi modification'), 0, 16, modificationUuidAt);
}
