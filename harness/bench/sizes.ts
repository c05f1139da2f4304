import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { type Figure, figure } from './figure.ts';
import type { Subject } from './subject.ts';

/** Level 19 gives a tenth less and takes minutes. */
const zstd = ['-10', '--long=27'];

/** What has to be stored and sent. These are counts: there is nothing to repeat. */
export async function measureSizes(bench: Bench): Promise<readonly Figure[]> {
  const { panos, debian, progress } = bench;
  const of = async (measure: (subject: Subject) => Promise<number>) => ({
    samples: [await measure(panos)],
    ...(debian !== undefined && { yardstick: { name: debian.name, samples: [await measure(debian)] } }),
  });
  const kernel = await of(async (subject) => (await stat(subject.kernel)).size / 1e6);
  const compressed = await progress.step('Compressing the disks', () =>
    of((subject) => compressedSize(bench, subject.disk)),
  );
  return [
    figure({ name: 'image.kernel', unit: 'MB', ...kernel }),
    figure({ name: 'image.compressed', unit: 'MB', ...compressed, method: `raw disk by zstd ${zstd.join(' ')}` }),
  ];
}

/** MB. */
async function compressedSize(bench: Bench, disk: string): Promise<number> {
  const target = join(bench.directory, 'disk.zst');
  await bench.toolbox.run('zstd', ['-q', '-f', '-T0', ...zstd, '-o', target, disk]);
  const { size } = await stat(target);
  await rm(target);
  return size / 1e6;
}
