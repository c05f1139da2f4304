import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sha256, sha256OfFile } from '../../../host/lib/sha256.ts';
import { ovfDescriptor, ovfManifest } from './ovf.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

/**
 * Packs a streamOptimized VMDK image into an appliance: a tar archive with the descriptor first, then its manifest,
 * then the disk (DSP0243, section 5.3).
 * @param capacity bytes of the disk that the guest sees.
 */
export async function packOva(
  disk: string,
  capacity: number,
  target: string,
  product: { readonly name: string; readonly version: string },
  date: Date,
): Promise<void> {
  const file = basename(disk);
  const stem = file.replace(/\.vmdk$/, '');
  const { size } = await stat(disk);
  const descriptor = Buffer.from(ovfDescriptor({ ...product, disk: { file, size, capacity } }));
  const manifest = Buffer.from(ovfManifest({ [`${stem}.ovf`]: sha256(descriptor), [file]: await sha256OfFile(disk) }));

  async function* archive(): AsyncGenerator<Buffer> {
    for (const [name, content] of [
      [`${stem}.ovf`, descriptor],
      [`${stem}.mf`, manifest],
    ] as const) {
      yield Buffer.concat([tarHeader({ name, size: content.length, time: date }), content, tarPadding(content.length)]);
    }
    yield tarHeader({ name: file, size, time: date });
    for await (const chunk of createReadStream(disk)) yield chunk;
    yield Buffer.concat([tarPadding(size), tarEnd()]);
  }
  await pipeline(archive, createWriteStream(target));
}
