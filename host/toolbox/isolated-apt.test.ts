import { expect, test } from 'vitest';
import { newestDate, parsePackageRecords, parsePrintedUris } from './isolated-apt.ts';

test('printed addresses give name and version, also with an epoch', () => {
  const text = `Reading package lists...
'http://main.example/debian/pool/main/q/qemu/qemu-utils_10.0%2bds_amd64.deb' qemu-utils_1%3a10.0+ds_amd64.deb 20 MD5Sum:00
'http://main.example/debian/pool/main/libi/x/xorriso_1.5_amd64.deb' xorriso_1.5_amd64.deb 3 SHA256:00
`;
  expect(parsePrintedUris(text).map(({ name, version }) => [name, version])).toEqual([
    ['qemu-utils', '1:10.0+ds'],
    ['xorriso', '1.5'],
  ]);
});

test('an index gives everything that a lock needs; the archive is told by the pool', () => {
  const text = `Package: zlib1g
Version: 1:1.3
Architecture: amd64
Description: a
 b
Filename: pool/updates/main/z/zlib/zlib1g_1.3_amd64.deb
Size: 88
SHA256: ff

Package: adduser
Version: 3
Architecture: all
Filename: pool/main/a/adduser/adduser_3_all.deb
Size: 1
SHA256: ee

Package: without-hash
Version: 1
Filename: pool/main/w/w.deb
`;
  const records = parsePackageRecords(text);
  expect(records.map((one) => [one.name, one.archive, one.architecture, one.size, one.sha256])).toEqual([
    ['zlib1g', 'debian-security', 'amd64', 88, 'ff'],
    ['adduser', 'debian', 'all', 1, 'ee'],
  ]);
});

test('the newest date of several indexes counts; none is refused', () => {
  const older = 'Origin: Debian\nDate: Sat, 07 Nov 2026 09:00:00 UTC\nValid-Until: never\n';
  const newer = 'Origin: Debian\nDate: Sat, 21 Nov 2026 02:10:46 UTC\n';
  expect(newestDate([older, newer, 'Date: nonsense']).toISOString()).toBe('2026-11-21T02:10:46.000Z');
  expect(() => newestDate(['no date here'])).toThrow('carry no date');
});
