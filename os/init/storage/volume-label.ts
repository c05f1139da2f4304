/** What a volume says of itself in its first sectors. */
export interface Volume {
  readonly type: 'iso9660' | 'vfat';
  readonly label: string;
}

/** Bytes from the start of a volume that {@link readVolume} needs. */
export const volumeHeaderSize = 64 * 1024;

/**
 * Recognises an ISO 9660 or FAT volume by its first {@link volumeHeaderSize} bytes, and reads its label. Answers
 * undefined for anything else, however broken.
 */
export const readVolume = (header: Uint8Array): Volume | undefined => readIso(header) ?? readFat(header);

const text = (bytes: Uint8Array, start: number, length: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, length)
    .toString('latin1')
    .replace(/[\s\0]+$/, '');

/** ECMA-119, section 8.4: the primary volume descriptor is among those from sector 16 on, each of 2048 bytes. */
function readIso(bytes: Uint8Array): Volume | undefined {
  const sector = 2048;
  for (let start = 16 * sector; start + sector <= bytes.length; start += sector) {
    if (text(bytes, start + 1, 5) !== 'CD001') return undefined;
    if (bytes[start] === 1) return { type: 'iso9660', label: text(bytes, start + 40, 32) };
    // The set terminator.
    if (bytes[start] === 255) return undefined;
  }
  return undefined;
}

/**
 * Microsoft, FAT: General Overview of On-Disk Format 1.03: the boot sector holds a label, and so does, more
 * reliably, an entry of the root folder; the latter is beyond what is read here unless it begins early.
 */
function readFat(bytes: Uint8Array): Volume | undefined {
  if (bytes.length < 512 || bytes[510] !== 0x55 || bytes[511] !== 0xaa) return undefined;
  const isFat32 = text(bytes, 82, 5) === 'FAT32';
  if (!isFat32 && text(bytes, 54, 3) !== 'FAT') return undefined;
  const inBootSector = text(bytes, isFat32 ? 71 : 43, 11);
  const label = fatRootLabel(bytes, isFat32) ?? inBootSector;
  return { type: 'vfat', label: label === 'NO NAME' ? '' : label };
}

/** The root folder's entry with the attribute "volume label", if the folder's first sectors are at hand. */
function fatRootLabel(bytes: Uint8Array, isFat32: boolean): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sectorSize = view.getUint16(11, true);
  const tables = view.getUint8(16);
  const tableSectors = view.getUint16(22, true) || view.getUint32(36, true);
  let start = (view.getUint16(14, true) + tables * tableSectors) * sectorSize;
  if (isFat32) start += Math.max(0, view.getUint32(44, true) - 2) * view.getUint8(13) * sectorSize;
  for (let at = start; at + 32 <= bytes.length && bytes[at] !== 0; at += 32) {
    const attributes = view.getUint8(at + 11);
    if (bytes[at] !== 0xe5 && (attributes & 0x0f) !== 0x0f && (attributes & 0x08) !== 0) return text(bytes, at, 11);
  }
  return undefined;
}
