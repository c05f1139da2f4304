import { join } from 'node:path';
import type { Command } from 'commander';
import { generateReport } from '../report/generate.ts';
import { openBrowser, serveFolder } from '../report/serve.ts';
import { terminalProgress } from '../terminal-progress.ts';

export function addReport(program: Command): void {
  program
    .command('report')
    .description('make the Allure report of the last test run, with the history of those before')
    .option('--open', 'serve the report and show it in the browser, until Ctrl-C')
    .action(async ({ open }: { open?: true }) => {
      const folder = await terminalProgress().step('Making the report', () => generateReport(), 10);
      process.stdout.write(`${join(folder, 'index.html')}\n`);
      if (!open) return;
      const { url } = await serveFolder(folder);
      process.stdout.write(`${url}\n`);
      const shown = await openBrowser(url);
      process.stderr.write(shown ? 'Ctrl-C ends it.\n' : 'No browser could be started here: open the address above.\n');
    });
}
