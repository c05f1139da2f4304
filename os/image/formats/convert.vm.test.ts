import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silent } from '../../../host/lib/progress.ts';
import { openToolbox, type Toolbox } from '../../../host/toolbox/toolbox.ts';
import { convert, diskFormats } from './convert.ts';

let toolbox: Toolbox;
let folder: string;
const product = { name: 'PanoramicData.Os', version: '0.0.0' };

beforeAll(async () => {
  toolbox = await openToolbox(silent);
  folder = await mkdtemp(join(tmpdir(), 'panos-convert-'));
  const raw = await open(join(folder, 'disk'), 'w');
  await raw.write(randomBytes(3_000_000), 0, 3_000_000, 5_000_000);
  await raw.truncate(24 * 1024 * 1024);
  await raw.close();
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

test.each(diskFormats)(
  '%s: two conversions give the same bytes, and leave nothing else',
  async (format) => {
    const files = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const target = join(folder, format, name, `panos.${format}`);
        await convert(toolbox, join(folder, 'disk'), format, target, product);
        expect(await readdir(join(folder, format, name))).toEqual([`panos.${format}`]);
        return readFile(target);
      }),
    );
    expect(files[0]?.equals(files[1] ?? Buffer.alloc(0))).toBe(true);
  },
  60_000,
);
