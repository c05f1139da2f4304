import { Device } from './device-io.ts';
import { backupPlaces, primaryOffset, restorePrimary, superblockSize } from './ext4.ts';

/** The first copy of the superblock that is right, as a primary one, and where it was found. */
export function findBackup(path: string, size: number): { bytes: Uint8Array; offset: number } | undefined {
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
