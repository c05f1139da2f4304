import type { Command } from 'commander';
import { Option } from 'commander';
import { formats, makeFormats } from '../formats.ts';
import { currentImage } from '../image.ts';
import { terminalProgress } from '../terminal-progress.ts';

export function addBuild(program: Command): void {
  program
    .command('build')
    .description('build the kernel and the disk image, and the formats that hypervisors read')
    .addOption(new Option('--format <name>', 'also make this format').choices([...formats, 'all']).default('raw'))
    .option('--json', 'print one JSON document that names the files')
    .action(async ({ format, json }: { format: (typeof formats)[number] | 'all'; json?: true }) => {
      const progress = terminalProgress();
      const image = await currentImage(progress);
      const files = await makeFormats(image, format === 'all' ? formats : [format], progress);
      if (json) process.stdout.write(`${JSON.stringify({ key: image.key, sbom: image.sbom, files })}\n`);
      else for (const file of files) process.stdout.write(`${file}\n`);
    });
}
