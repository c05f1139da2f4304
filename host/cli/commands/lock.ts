import type { Command } from 'commander';
import { readLock } from '../../toolbox/lock-file.ts';
import { renewLock } from '../../toolbox/renew-lock.ts';
import { terminalProgress } from '../terminal-progress.ts';

export function addLock(program: Command): void {
  program
    .command('lock')
    .description('renew host/toolbox/packages.lock.json: the current versions of Debian trixie’s packages')
    .action(async () => {
      const previous = await readLock().catch(() => undefined);
      const changes = await renewLock(terminalProgress(), previous);
      const said = previous === undefined ? ['The lock file is written anew.'] : changes;
      process.stdout.write(`${(said.length > 0 ? said : ['Everything is current.']).join('\n')}\n`);
    });
}
