import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseKilobyteTable, parseMounts, parseStat } from './proc.ts';

it('reads kilobyte tables as bytes', () => {
  const table = parseKilobyteTable('MemTotal:        2013260 kB\nHugePages_Total:       3\nrubbish\nPss:  7 kB\n');
  expect([...table]).toEqual([
    ['MemTotal', 2013260 * 1024],
    ['HugePages_Total', 3],
    ['Pss', 7168],
  ]);
});

it('reads a stat line whose name has blanks and parentheses', () => {
  const text =
    '67 (node (x) y) S 1 67 67 0 -1 4194560 9000 0 12 0 150 30 0 0 20 0 11 0 123 1083920384 9500 18446744073709551615\n';
  expect(parseStat(text)).toEqual({
    pid: 67,
    name: 'node (x) y',
    state: 'S',
    parent: 1,
    kernelThread: false,
    processorTime: 1.8,
    threads: 11,
    started: 1.23,
  });
  expect(parseStat(text.replace('4194560', '2129984'))?.kernelThread).toBe(true);
});

it('reads mounts, also of names with blanks', () => {
  expect(parseMounts('/dev/sda5 /data ext4 rw,noatime 0 0\nnone /a\\040b tmpfs rw 0 0\n')).toEqual([
    { source: '/dev/sda5', target: '/data', type: 'ext4', options: ['rw', 'noatime'] },
    { source: 'none', target: '/a b', type: 'tmpfs', options: ['rw'] },
  ]);
});

it('takes any text without throwing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseKilobyteTable(text);
      parseMounts(text);
      expect(parseStat(text)).toBeUndefined();
    }),
  );
});
