import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseUevent } from './block-devices.ts';
import { readVolume, volumeHeaderSize } from './volume-label.ts';

const header = (...pieces: readonly (readonly [at: number, content: string | readonly number[]])[]): Buffer => {
  const bytes = Buffer.alloc(volumeHeaderSize);
  for (const [at, content] of pieces) Buffer.from(content as string, 'latin1').copy(bytes, at);
  return bytes;
};

const sector16 = 16 * 2048;
const bootSignature = [510, [0x55, 0xaa]] as const;

describe('readVolume', () => {
  test('reads the label of an ISO 9660 volume, also behind a boot record', () => {
    const volume = (start: number) => [
      [start, [1]] as const,
      [start + 1, 'CD001'] as const,
      [start + 40, 'cidata'.padEnd(32)] as const,
    ];
    expect(readVolume(header(...volume(sector16)))).toEqual({ type: 'iso9660', label: 'cidata' });
    const behind = header([sector16, [0]], [sector16 + 1, 'CD001'], ...volume(sector16 + 2048));
    expect(readVolume(behind)).toEqual({ type: 'iso9660', label: 'cidata' });
  });

  test('reads the label of a FAT volume from its boot sector, or better from its root folder', () => {
    const fat16 = [bootSignature, [54, 'FAT16   '], [43, 'OLD NAME   ']] as const;
    expect(readVolume(header(...fat16))).toEqual({ type: 'vfat', label: 'OLD NAME' });
    // 512 bytes a sector, 1 reserved, 2 tables of 20 sectors: the root folder is in sector 41.
    const geometry = [
      [11, [0, 2]],
      [13, [1]],
      [14, [1, 0]],
      [16, [2]],
      [22, [20, 0]],
    ] as const;
    const withRoot = header(...fat16, ...geometry, [41 * 512, 'CIDATA     '], [41 * 512 + 11, [0x08]]);
    expect(readVolume(withRoot)).toEqual({ type: 'vfat', label: 'CIDATA' });
    const fat32 = header(bootSignature, [82, 'FAT32   '], [71, 'NO NAME    ']);
    expect(readVolume(fat32)).toEqual({ type: 'vfat', label: '' });
  });

  test('answers undefined or a volume, whatever the bytes are, and never fails', () => {
    const pieces = fc.array(
      fc.tuple(
        fc.constantFrom(0, 11, 13, 14, 16, 22, 36, 43, 44, 54, 71, 82, 510, sector16, sector16 + 1, sector16 + 40),
        fc.oneof(fc.constantFrom('CD001', 'FAT32   ', 'FAT16', '\u0055\u00aa'), fc.string({ maxLength: 40 })),
      ),
    );
    fc.assert(
      fc.property(pieces, fc.nat(volumeHeaderSize), (content, length) => {
        const volume = readVolume(header(bootSignature, ...content).subarray(0, length));
        expect(volume === undefined || typeof volume.label === 'string').toBe(true);
      }),
    );
  });

  test('knows nothing of an empty drive', () => {
    expect(readVolume(new Uint8Array())).toBeUndefined();
    expect(readVolume(header())).toBeUndefined();
  });
});

test('parseUevent reads a partition, and survives anything', () => {
  const text = 'MAJOR=254\nMINOR=3\nDEVNAME=vda3\nDEVTYPE=partition\nPARTN=3\nPARTNAME=panos-data\n';
  expect(parseUevent(text).get('PARTNAME')).toBe('panos-data');
  fc.assert(fc.property(fc.string(), (noise) => parseUevent(noise).size >= 0));
});
