import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { sha256OfFile } from '../../../host/lib/sha256.ts';

/**
 * What stands in for chance in an image file. Formats want identifiers that no two images share; taken from the disk's
 * content they are that, and the same disk gives the same file.
 */
export interface Seed {
  /** `length` bytes (at most 32) for one purpose; other purposes give unrelated ones. */
  bytes(purpose: string, length: number): Buffer;
  /** An identifier of 16 bytes that says of itself that it is random (RFC 9562, section 5.4). */
  uuid(purpose: string): Buffer;
}

/** @param content SHA-256 of the raw disk image, in hexadecimal. */
export function seedFrom(content: string): Seed {
  const bytes = (purpose: string, length: number) =>
    createHash('sha256').update(`${content} ${purpose}`).digest().subarray(0, length);
  return {
    bytes,
    uuid(purpose) {
      const uuid = bytes(purpose, 16);
      // VDI and VHDX keep the first three fields in little-endian order: the version is in the seventh byte's pair.
      uuid.writeUInt8((uuid.readUInt8(7) & 0x0f) | 0x40, 7);
      uuid.writeUInt8((uuid.readUInt8(8) & 0x3f) | 0x80, 8);
      return uuid;
    },
  };
}

const known = new Map<string, Promise<Seed>>();

/** The seed of a file's content. A disk becomes several formats in one run and is large: it is read once. */
export async function seedOfFile(path: string): Promise<Seed> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  const identity = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  const seed = known.get(identity) ?? sha256OfFile(path).then(seedFrom);
  known.set(identity, seed);
  seed.catch(() => known.delete(identity));
  return seed;
}
