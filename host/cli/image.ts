import { buildKernel } from '../../kernel/build/build-kernel.ts';
import { buildImage, type Image } from '../../os/image/build.ts';
import type { Progress } from '../lib/progress.ts';

/**
 * The disk image of this checkout, with its kernel; built where it is missing.
 * @param again build it once more, into this folder
 */
export async function currentImage(progress: Progress, again?: string): Promise<Image> {
  const kernel = await buildKernel(progress);
  return buildImage(kernel, progress, again);
}
