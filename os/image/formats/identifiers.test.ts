import { type FileHandle, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { crc32c } from '../../lib/crc32c.ts';
import { seedFrom, seedOfFile } from './seed.ts';
import { settleVdi } from './vdi.ts';
import { settleVhdx } from './vhdx.ts';
import { settleDescriptor, settleVmdk } from './vmdk.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'panos-formats-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function settled(image: Buffer, settle: (file: FileHandle) => Promise<void>): Promise<Buffer> {
  const path = join(folder, 'image');
  await writeFile(path, image);
  const file = await open(path, 'r+');
  try {
    await settle(file);
  } finally {
    await file.close();
  }
  return readFile(path);
}

const seed = seedFrom('0123');

/** VHDX stores the checksum with the last inversion. */
const checksum = (bytes: Buffer): number => ~crc32c(bytes) >>> 0;

test('a seed gives equal bytes for equal content and purpose, others otherwise, marked as random', () => {
  expect(seedFrom('a').uuid('x')).toEqual(seedFrom('a').uuid('x'));
  expect(seedFrom('a').uuid('x')).not.toEqual(seedFrom('a').uuid('y'));
  expect(seedFrom('a').uuid('x')).not.toEqual(seedFrom('b').uuid('x'));
  const uuid = seed.uuid('x');
  expect(uuid.readUInt8(7) >> 4).toBe(4);
  expect(uuid.readUInt8(8) >> 6).toBe(2);
});

test('a file gives the seed of what it holds now', async () => {
  const path = join(folder, 'disk');
  const contents = ['one', 'two', 'one'];
  const uuids: Buffer[] = [];
  for (const content of contents) {
    await writeFile(path, content);
    uuids.push((await seedOfFile(path)).uuid('x'));
  }
  expect(uuids[1]).not.toEqual(uuids[0]);
  expect(uuids[2]).toEqual(uuids[0]);
});

function vdi(random: number): Buffer {
  const image = Buffer.alloc(1024, 0x11);
  image.writeUInt32LE(0xbeda107f, 64);
  image.fill(random, 392, 424);
  return image;
}

test('VDI: two images that differ in chance only become equal, and nothing else changes', async () => {
  const one = await settled(vdi(1), (file) => settleVdi(file, seed));
  expect(await settled(vdi(2), (file) => settleVdi(file, seed))).toEqual(one);
  one.fill(1, 392, 424);
  expect(one).toEqual(vdi(1));
  await expect(settled(Buffer.alloc(1024), (file) => settleVdi(file, seed))).rejects.toThrow('not a VDI image');
});

const vhdxGuid = (hex: string) => Buffer.from(hex, 'hex');

/** A VHDX image with what matters here: headers, region table, log, metadata. Block allocation and data are left out. */
function vhdx(random: number, logGuid = 0): Buffer {
  const image = Buffer.alloc(0x400000);
  image.write('vhdxfile', 0);
  for (const [index, at] of [0x10000, 0x20000].entries()) {
    image.write('head', at);
    image.writeBigUInt64LE(BigInt(random * 2 + 1 - index), at + 8);
    image.fill(random, at + 16, at + 48);
    image.fill(logGuid, at + 48, at + 64);
    image.writeUInt32LE(0x100000, at + 68);
    image.writeBigUInt64LE(0x100000n, at + 72);
    image.writeUInt32LE(checksum(image.subarray(at, at + 0x1000)), at + 4);
  }
  image.write('regi', 0x30000);
  image.writeUInt32LE(2, 0x30008);
  vhdxGuid('6677c22d23f600429d64115e9bfd4a08').copy(image, 0x30010);
  vhdxGuid('06a27c8b90479a4bb8fe575f050f886e').copy(image, 0x30030);
  image.writeBigUInt64LE(0x300000n, 0x30040);
  image.fill(random, 0x100000, 0x101000);
  image.write('metadata', 0x300000);
  image.writeUInt16LE(2, 0x30000a);
  vhdxGuid('3767a1ca36fa434db3b633f0aa44e76b').copy(image, 0x300020);
  vhdxGuid('ab12cabee6b2234593efc309e000c746').copy(image, 0x300040);
  image.writeUInt32LE(0x10010, 0x300050);
  image.fill(random, 0x310010, 0x310020);
  return image;
}

test('VHDX: chance is replaced, checksums are right, the newer header stays the newer one', async () => {
  const one = await settled(vhdx(1), (file) => settleVhdx(file, seed));
  expect(await settled(vhdx(2), (file) => settleVhdx(file, seed))).toEqual(one);
  for (const at of [0x10000, 0x20000]) {
    const header = Buffer.from(one.subarray(at, at + 0x1000));
    const sum = header.readUInt32LE(4);
    header.writeUInt32LE(0, 4);
    expect(checksum(header)).toBe(sum);
  }
  expect([one.readBigUInt64LE(0x10008), one.readBigUInt64LE(0x20008)]).toEqual([2n, 1n]);
  expect(one.subarray(0x310010, 0x310020)).toEqual(seed.uuid('vhdx disk'));
  expect(one.subarray(0x100000, 0x200000).every((byte) => byte === 0)).toBe(true);
});

test('VHDX: an image whose log is in use, or that is something else, is refused', async () => {
  await expect(settled(vhdx(1, 7), (file) => settleVhdx(file, seed))).rejects.toThrow('its log is in use');
  await expect(settled(Buffer.alloc(0x40000), (file) => settleVhdx(file, seed))).rejects.toThrow('not a VHDX image');
});

function vmdk(identifier: string): Buffer {
  const image = Buffer.alloc(512 * 30, 0x22);
  image.write('KDMV', 0);
  image.writeBigUInt64LE(1n, 28);
  image.writeBigUInt64LE(20n, 36);
  image.fill(0, 512, 512 * 21);
  image.write(`# Disk DescriptorFile\nversion=1\nCID=${identifier}\nparentCID=ffffffff\n`, 512);
  return image;
}

test('VMDK: identifiers of any length become one of eight digits, in place', async () => {
  const one = await settled(vmdk('1234abcd'), (file) => settleVmdk(file, seed));
  expect(await settled(vmdk('7'), (file) => settleVmdk(file, seed))).toEqual(one);
  expect(one.toString('latin1', 512, 700)).toMatch(
    /^# Disk DescriptorFile\nversion=1\nCID=[0-9a-f]{8}\nparentCID=ffffffff\n\0/,
  );
  expect(one.subarray(512 * 21)).toEqual(vmdk('7').subarray(512 * 21));
});

test('VMDK: a descriptor without an identifier is refused', () => {
  expect(() => settleDescriptor('version=1\nparentCID=ffffffff\n', seed)).toThrow('no content identifier');
});
