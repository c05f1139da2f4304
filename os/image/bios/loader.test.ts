import { expect, test } from 'vitest';
import { Assembler } from './assembler.ts';
import { bootSectorCode, loaderCode } from './loader.ts';

test('the boot sector leaves room for the partition table and names where the loader is', () => {
  const code = bootSectorCode(2048, 3);
  expect(code.length).toBeLessThanOrEqual(440);
  const packet = code.subarray(-16);
  expect(packet.readUInt8(0)).toBe(16);
  expect(packet.readUInt16LE(2)).toBe(3);
  expect(packet.readUInt32LE(8)).toBe(2048);
});

test('the loader is whole sectors and holds the place and length of the kernel', () => {
  const code = loaderCode({ sector: 0x1234, size: 9_118_721 });
  expect(code.length % 512).toBe(0);
  const sectors = Buffer.alloc(4);
  sectors.writeUInt32LE(Math.ceil(9_118_721 / 512));
  expect(code.includes(sectors)).toBe(true);
  expect(code.includes(Buffer.from([0x10, 0, 64, 0, 0, 0, 0, 0x10, 0x34, 0x12, 0, 0]))).toBe(true);
});

test('a short jump that does not reach and an unknown label are refused', () => {
  const far = new Assembler(0).emit(0xeb).near('end');
  for (let count = 0; count < 200; count += 1) far.emit(0x90);
  expect(() => far.label('end').assemble()).toThrow(RangeError);
  expect(() => new Assembler(0).emit(0xe8).far('nowhere').assemble()).toThrow('no label nowhere');
});
