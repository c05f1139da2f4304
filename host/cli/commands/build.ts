import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { formats, type ImageFormat, makeFormats } from '../formats.ts';
import { currentImage } from '../image.ts';
import { terminalProgress } from '../terminal-progress.ts';

interface BuildOptions {
  readonly format: ImageFormat | 'all';
  readonly again?: string;
  readonly json?: true;
}

export function addBuild(program: Command): void {
  program
    .command('build')
    .description('build the kernel and the disk image, and the formats that hypervisors read')
    .addOption(new Option('--format <name>', 'also make this format').choices([...formats, 'all']).default('raw'))
    .option('--again <folder>', 'build the image once more, into this folder: it must come out the same')
    .option('--json', 'print one JSON document that names the files')
    .action(async ({ format, again, json }: BuildOptions) => {
      const progress = terminalProgress();
      const image = await currentImage(progress, again && resolve(again));
      const files = await makeFormats(image, format === 'all' ? formats : [format], progress);
      if (json) process.stdout.write(`${JSON.stringify({ key: image.key, sbom: image.sbom, files })}\n`);
      else for (const file of files) process.stdout.write(`${file}\n`);
    });
}
