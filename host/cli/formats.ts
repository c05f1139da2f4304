import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Image } from '../../os/image/build.ts';
import { productVersion } from '../../os/image/bundle.ts';
import { writeChecksums } from '../../os/image/formats/checksums.ts';
import { convert, diskFormats } from '../../os/image/formats/convert.ts';
import { makeIso } from '../../os/image/formats/iso.ts';
import type { Progress } from '../lib/progress.ts';
import { openToolbox } from '../toolbox/toolbox.ts';

/** What `./panos build --format` can make. */
export const formats = [...diskFormats, 'iso'] as const;
export type ImageFormat = (typeof formats)[number];

/**
 * Makes the image in each format, beside the raw one, where it is missing; then the checksums of all.
 * @returns the files, in the order of `wanted`, and `SHA256SUMS` when more than the raw image was asked for
 */
export async function makeFormats(
  image: Image,
  wanted: readonly ImageFormat[],
  progress: Progress,
): Promise<readonly string[]> {
  const toolbox = await openToolbox(progress);
  const product = { name: 'panos', version: await productVersion() };
  const files: string[] = [];
  for (const format of wanted) {
    const target = join(image.directory, `panos.${format}`);
    files.push(target);
    if (await exists(target)) continue;
    await progress.step(`Writing panos.${format}`, () =>
      format === 'iso'
        ? makeIso(toolbox, { disk: image.disk, kernel: image.kernel.image }, target)
        : convert(toolbox, image.disk, format, target, product),
    );
  }
  if (wanted.length === 1 && wanted[0] === 'raw') return files;
  return [...files, await writeChecksums(dirname(image.disk), files)];
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
