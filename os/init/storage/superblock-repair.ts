import { Device } from './device-io.ts';
import { backupPlaces, blockSizeOf, primaryOffset, restorePrimary, superblockSize } from './ext4.ts';

/** A copy of the superblock: its bytes as a primary one, and where it was found. */
export interface Backup {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** Whether the primary superblock is right, so that the trouble lies elsewhere. */
export function hasGoodPrimary(path: string): boolean {
  using device = new Device(path);
  return blockSizeOf(device.read(primaryOffset, superblockSize)) !== undefined;
}

/** The first copy of the superblock that is right; undefined also if the device cannot be read. */
export function findBackup(path: string, size: number): Backup | undefined {
  using device = new Device(path);
  for (const place of backupPlaces(size)) {
    try {
      const bytes = restorePrimary(device.read(place.offset, superblockSize), place, size);
      if (bytes !== undefined) return { bytes, offset: place.offset };
    } catch {
      // A bad sector there; the next copy may be readable.
    }
  }
  return undefined;
}

/** Replaces the primary superblock. @throws the device's error. */
export function writePrimary(path: string, bytes: Uint8Array): void {
  using device = new Device(path, 'r+');
  device.write(primaryOffset, bytes);
  device.flush();
}
